"""The command `audio-emotion`: arguments in, tables and files out, one clear line on error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from audio_emotion import tables
from audio_emotion.errors import AudioEmotionError, ToolError

if TYPE_CHECKING:
    from audio_emotion.listen import Heard

app = typer.Typer(
    help="Speech emotion recognition that runs on the microcontroller.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_OUT = Console()
_ERR = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]
Jobs = Annotated[
    int | None, typer.Option(help="Processes at work.", show_default="one per core", min=1)
]


@app.callback()
def _application() -> None:
    """Hold the commands; Typer would drop their names if there were only one."""


@app.command(epilog="Example: audio-emotion dataset speech-emotion-recognition-en --jobs 2")
def dataset(
    root: Annotated[Path, typer.Argument(help="Folder with one or more corpora, or a manifest.")],
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("generated_dataset"),
    parquet: Annotated[bool, typer.Option(help="Write the features as Parquet too.")] = False,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Catalogue recordings and extract their acoustic features.

    Writes audio_dataframe.csv, extracted_acoustic_features.csv and skipped_files.csv. Run again
    after an interruption, it goes on where it stopped.
    """
    from audio_emotion.dataset import build

    with _progress("extracting", unit="recordings") as advance:
        result = build(root, out, parquet=parquet, jobs=jobs, progress=advance)
    if as_json:
        _print_json(
            {
                "utterances": len(result.table),
                "resumed": result.n_resumed,
                "files": [str(path) for path in result.files],
                "skipped": [skipped._asdict() for skipped in result.skipped],
            }
        )
    else:
        _OUT.print(tables.of_corpora(result.table))
        _OUT.print(*tables.of_skipped(result.skipped), sep="\n", soft_wrap=True)
        _OUT.print(*(f"wrote {path}" for path in result.files), sep="\n", soft_wrap=True)


@app.command(
    epilog="Example: audio-emotion train generated_dataset/extracted_acoustic_features.csv"
)
def train(
    table: Annotated[
        Path, typer.Argument(metavar="FEATURES", help="Features written by `dataset`.")
    ],
    models: Annotated[Path, typer.Option(help="Folder for the models.")] = Path("models"),
    logs: Annotated[Path, typer.Option(help="Folder for figures and tables.")] = Path("logs"),
    only: Annotated[
        list[str] | None, typer.Option(help="Train this classifier only; repeatable.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="Keep this speaker away from everything; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Train again what is up to date.")] = False,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Train the classifiers; measure them on unseen speakers and by the original's random split.

    Writes models/<Name>.skops, logs/performance.csv and logs/matrix_<Name>.pdf and .png. Run again
    after an interruption, it goes on with the classifiers that are missing.
    """
    from audio_emotion import train as training
    from audio_emotion.classifiers import ZOO

    data = training.read_features(table).without_speakers(leave_out or ())
    with _progress("training", unit="classifiers") as advance:
        reports = training.train(
            data,
            models,
            logs,
            names=only or list(ZOO),
            force=force,
            jobs=jobs or -1,
            progress=advance,
        )
    if as_json:
        _print_json(training.performance(reports).to_dict(orient="records"))
    else:
        _OUT.print(tables.of_performance(reports))
        _OUT.print(f"wrote {models}/*.skops, {logs}/performance.csv, {logs}/matrix_*.pdf and .png")


@app.command(
    epilog="Example: audio-emotion train-net generated_dataset/audio_dataframe.csv --noise noise"
)
def train_net(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="Catalogue written by `dataset`.")
    ],
    out: Annotated[Path, typer.Option(help="The network's file.")] = Path("models/network.aem"),
    leave_out: Annotated[
        list[str] | None,
        typer.Option(help="Train without this speaker, test and calibrate on it; repeatable."),
    ] = None,
    noise: Annotated[
        Path | None, typer.Option(help="Folder of background noises to train with.")
    ] = None,
    cache: Annotated[
        Path, typer.Option(help="Folder for what the recordings sound like, about 1 GB.")
    ] = Path("generated_dataset/log_mel"),
    steps: Annotated[int | None, typer.Option(help="Batches to learn from.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Of all that is random.", min=0)] = 0,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Train the streaming network and write it as an .aem file.

    Needs PyTorch, the package's extra "train". Run again after an interruption, it goes on where it
    stopped.
    """
    from audio_emotion.train import read_catalogue

    _require("train", "training the network", "torch")
    from audio_emotion.training.loop import Recipe
    from audio_emotion.training.train_net import train_net as train

    recipe = Recipe(seed=seed, steps=steps or Recipe.steps)
    with _progress("", unit="") as advance:
        measured = train(
            read_catalogue(catalogue),
            out,
            recipe,
            cache=cache,
            leave_out=leave_out or (),
            noise=noise,
            jobs=jobs,
            progress=lambda what, done, total: advance(done, total, what),
        )
    if as_json:
        _print_json({"file": str(out), "left_out": measured})
    else:
        if measured:
            _OUT.print(tables.of_left_out(measured))
        _OUT.print(f"wrote {out}, {out.stat().st_size} bytes", soft_wrap=True)


def _require(extra: str, purpose: str, *modules: str) -> None:
    from importlib.util import find_spec

    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise ToolError(
            f"{purpose} needs {', '.join(missing)}, not installed here. "
            f"Install with: pip install 'embedded-audio-emotion[{extra}]'."
        )


@app.command(epilog="Example: audio-emotion predict recording.wav interviews/ --json")
def predict(
    recordings: Annotated[
        list[str], typer.Argument(help="Audio files, folders or patterns; a model last.")
    ],
    adapt: Annotated[
        bool,
        typer.Option("--adapt", help="One person speaks: get used to the voice (.aem models)."),
    ] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
) -> None:
    """Recognize the emotion in recordings: label, probabilities and, beyond 3 s, a timeline."""
    from audio_emotion import recognition
    from audio_emotion.predict import predict as recognize

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv.")
    path = recognition.default_path()
    if len(recordings) > 1 and recordings[-1].endswith(recognition.SUFFIXES):
        path = Path(recordings.pop())
    with _progress("listening", unit="recordings") as advance:
        document = recognize(recordings, recognition.load(path), adapt=adapt, progress=advance)
    if as_json:
        _print_json(document)
    elif as_csv:
        sys.stdout.write(tables.csv_of_predictions(document))
    elif document["results"]:
        _OUT.print(tables.of_predictions(document))
        _OUT.print(*tables.of_timelines(document), sep="\n", soft_wrap=True, highlight=False)
    for failure in document["errors"]:
        _print_error(failure["error"])
    if document["errors"]:
        raise typer.Exit(1)


@app.command(
    epilog="Example: arecord -q -t raw -f S16_LE -r 16000 | audio-emotion listen --input -"
)
def listen(
    model_path: Annotated[
        Path | None,
        typer.Argument(metavar="MODEL", help="An .aem or .skops model.", show_default="ours"),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--input",
            help="A recording, or - for raw PCM (16-bit little-endian, mono, 16 kHz) on stdin.",
            show_default="the microphone",
        ),
    ] = None,
    estimates: Annotated[
        bool, typer.Option(help="Say twice a second how it sounds so far.")
    ] = False,
    adapt: Annotated[
        bool | None,
        typer.Option(help="One person speaks: get used to the voice.", show_default="if it can"),
    ] = None,
    realtime: Annotated[bool, typer.Option(help="Hear a recording at its own pace.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each event.")
    ] = False,
) -> None:
    """Recognize the emotion of each utterance as it ends, live, until the stream ends or Ctrl-C."""
    from audio_emotion import audio, recognition
    from audio_emotion import listen as listening

    chosen = recognition.load(model_path or recognition.default_path())
    if source is None:
        blocks = listening.microphone()
    elif source == "-":
        blocks = listening.raw_pcm(sys.stdin.buffer)
    else:
        blocks = audio.blocks(source)
    if realtime:
        blocks = listening.in_realtime(blocks)
    with _status(as_json) as show, suppress(KeyboardInterrupt):
        for heard in listening.listen(blocks, chosen, estimates=estimates, adapt=adapt):
            show(heard)


@app.command(epilog="Example: audio-emotion serve --port 8080 --max-mb 100")
def serve(
    host: Annotated[str, typer.Option(help="Address to serve; 0.0.0.0 for everyone.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="0 for any.", min=0, max=65535)] = 8000,
    model_path: Annotated[
        Path | None,
        typer.Option("--model", help="An .aem or .skops model.", show_default="ours"),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="AUDIO_EMOTION_TOKEN", help="Programs must know it to ask."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="A site whose pages may ask; repeatable.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A name the server is known by; repeatable.")
    ] = None,
    max_mb: Annotated[float, typer.Option(help="Of one recording.", min=0.001)] = 25,
    max_minutes: Annotated[float, typer.Option(help="Of one recording.", min=0.01)] = 10,
    max_requests: Annotated[int, typer.Option(help="Recordings at once.", min=1)] = 8,
    max_streams: Annotated[int, typer.Option(help="Streams at once.", min=1)] = 8,
    timeout_s: Annotated[float, typer.Option(help="To recognize a recording.", min=0.1)] = 30,
    memory_mb: Annotated[int, typer.Option(help="To recognize a recording.", min=1)] = 256,
    jobs: Jobs = None,
) -> None:
    """Serve the page, and the same recognition over HTTP, until Ctrl-C.

    Needs the package's extra "web". docs/server.md describes the interface.
    """
    _require("web", "serving", "starlette", "uvicorn", "python_multipart", "websockets")
    from audio_emotion.server import Limits, create_app, run

    limits = Limits(
        body_bytes=round(max_mb * 1e6),
        recording_s=60 * max_minutes,
        requests=max_requests,
        streams=max_streams,
        timeout_s=timeout_s,
        memory_bytes=memory_mb << 20,
        workers=jobs or Limits.workers,
    )
    service = create_app(
        model_path,
        limits=limits,
        token=token,
        allow_origins=allow_origin or (),
        allow_hosts=[host, *(allow_host or ())],
    )
    if token is None and not run.is_local(host):
        _ERR.print(f"Anybody who reaches {host} may ask; --token asks for a password.")
    run.serve(
        service, host, port, limits, lambda address: print(f"{address}  (Ctrl-C ends)", flush=True)
    )


@app.command(epilog="Example: audio-emotion export models/MLP.skops firmware --target arduino")
def export(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="[MODEL] OUT", help="A model (none: ours), and a new folder."),
    ],
    target: Annotated[str, typer.Option(help="c, arduino, esp-idf, zephyr or wasm.")] = "c",
    flash: Annotated[
        str | None, typer.Option(help="Refuse if the program takes more, such as 128K.")
    ] = None,
    ram: Annotated[str | None, typer.Option(help="The same for memory, stack included.")] = None,
    fit: Annotated[
        bool, typer.Option(help="Train smaller ones, export the best that fits.")
    ] = False,
    table: Annotated[
        Path | None, typer.Option("--features", help="For --fit: written by `dataset`.")
    ] = None,
    logs: Annotated[Path, typer.Option(help="For --fit: folder of pareto.csv and .png.")] = Path(
        "logs"
    ),
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Write a model as C that a board's own tools build, with an example and a check."""
    from audio_emotion import budget, recognition
    from audio_emotion.export import check_replaceable
    from audio_emotion.export import export as write

    if len(paths) > 2:
        raise typer.BadParameter("give a model and a folder, or a folder only.")
    if fit and (table is None or not (flash or ram)):
        raise typer.BadParameter("--fit needs --features, and --flash or --ram or both.")
    out = paths[-1]
    check_replaceable(out)
    chosen = recognition.load(paths[0] if len(paths) == 2 else recognition.default_path())
    limit = budget.Budget(
        flash=budget.parse_size(flash) if flash else None,
        ram=budget.parse_size(ram) if ram else None,
    )
    if fit and table is not None:
        from audio_emotion import fit as fitting
        from audio_emotion.model import Model
        from audio_emotion.train import read_features

        if not isinstance(chosen, Model):
            raise typer.BadParameter("--fit trains a .skops model; give one, such as MLP.skops.")

        with _progress("fitting", unit="models") as advance:
            found = fitting.fit_to(
                chosen, read_features(table), limit, jobs=jobs or -1, progress=advance
            )
        fitting.save_pareto(found, limit, logs)
        chosen = found.chosen.model
        if not as_json:
            _OUT.print(tables.of_candidates(fitting.table(found, limit)))
    elif flash or ram:
        budget.require(chosen, limit)
    files = write(chosen, out, target, with_model=fit)
    if as_json:
        _print_json({"out": str(out), "files": [str(file) for file in files]})
    else:
        _OUT.print(f"wrote {len(files)} files to {out}; begin with README.md", soft_wrap=True)


@app.command(epilog="Example: audio-emotion profile models/MLP.skops --board rp2040")
def profile(
    path: Annotated[
        Path | None, typer.Argument(metavar="MODEL", help="Without it, the model that ships.")
    ] = None,
    board: Annotated[
        list[str] | None,
        typer.Option(help="Board to run on; repeatable.", show_default="the original's four"),
    ] = None,
    features_only: Annotated[bool, typer.Option(help="Leave the model out.")] = False,
    recording: Annotated[
        Path | None, typer.Option(help="What the boards hear.", show_default="one that ships")
    ] = None,
    logs: Annotated[Path, typer.Option(help="Folder for the bar chart.")] = Path("logs"),
    as_json: Json = False,
) -> None:
    """Measure a model on emulated boards: flash, RAM, stack, instructions, time, energy.

    Draws logs/profile.png beside the original system's figures. Every figure says whether it was
    measured, emulated, estimated or published.
    """
    from audio_emotion import boards, plots, recognition
    from audio_emotion import profile as profiling

    chosen = [boards.find(key) for key in board or ()] or list(boards.ORIGINAL_BOARDS)
    given = None if features_only else recognition.load(path or recognition.default_path())
    with _progress("emulating", unit="boards") as advance:
        document = profiling.profile(
            given, chosen, recording or profiling.default_recording(), progress=advance
        )
    chart = plots.save_profile(document, logs / "profile.png")
    if as_json:
        _print_json(document)
    else:
        _OUT.print(tables.of_profile(document))
        _OUT.print(f"wrote {chart}")


def main() -> None:
    """Run the command line: exit code 0, 1 after an error we name, 2 after wrong usage."""
    try:
        app()
    except AudioEmotionError as error:
        _print_error(str(error))
        sys.exit(1)


def _print_json(document: Any) -> None:
    print(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))


def _print_error(message: str) -> None:
    print(f"audio-emotion: error: {message}", file=sys.stderr)


@contextmanager
def _status(as_json: bool) -> Iterator[Callable[[Heard], None]]:
    """Print each utterance that ended, and show on one line the one that goes on."""
    if as_json:
        yield lambda heard: print(json.dumps(heard, allow_nan=False), flush=True)
        return
    with _ERR.status("listening") as status:

        def show(heard: Heard) -> None:
            status.update(tables.of_heard(heard))
            if heard["event"] == "ended":
                _OUT.print(tables.of_heard(heard), soft_wrap=True)
                status.update("listening")

        yield show


@contextmanager
def _progress(task: str, unit: str) -> Iterator[Callable[..., None]]:
    """Draw a bar with the time left on standard error; yields what moves it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
        console=_ERR,
        transient=True,
        disable=not _ERR.is_terminal,
    )
    with bar:
        row = bar.add_task(task)

        def advance(done: int, total: int, name: str = "") -> None:
            bar.update(row, completed=done, total=total, description=f"{task} {name}".strip())

        yield advance

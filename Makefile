# For users: `make demo`, `make test`. For CI besides: `make tools check`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CORE   := $(wildcard core/*.c core/*.h)

# `docs` is a folder, too.
.PHONY: help demo test check tools docs firmware web wheel release try-release core format clean \
        dataset classifiers default-model train-default network analysis power evidence

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/installed ## recognize emotions in the real recordings of sample/
	$(BIN)/audio-emotion predict sample everyday

test: $(VENV)/tested ## run all tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/checked core wheel ## lint, types, formatting, static analysis, and training in small
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/clang-format --dry-run --Werror core/*.[ch] boards/*/*.[ch]
	cppcheck --quiet --std=c99 --enable=warning,style,performance,portability --inline-suppr \
	    --error-exitcode=1 core
	$(BIN)/python -m pytest tests/training/test_train_net.py tests/training/test_log_mel_cache.py \
	    tests/training/test_training_data.py
	$(BIN)/python -m pytest tests/export/test_tool_chains.py
	$(BIN)/python -m pytest tests/browser
	$(BIN)/python -m pytest tests/live
	$(BIN)/python -m pytest tests/cluster
	$(BIN)/python -m pytest tests/site
	$(BIN)/python -m pytest tests/release
	$(BIN)/python release/check_wheel.py build/wheel/*.whl
	$(BIN)/python tests/fuzz/run.py --seconds 60

tools: ## install what `make check` and `make firmware` need from Debian and npm
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq cppcheck clang libclang-rt-dev chromium firefox-esr \
	    gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm \
	    gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf gcc-xtensa-lx106 qemu-system-misc \
	    cmake pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins
	command -v npm >/dev/null || apt-get install -y -qq nodejs npm
	npm --prefix boards/rp2040js ci --no-audit --no-fund

web: $(VENV)/tested ## build the page, with the core and the network as WebAssembly, in web/dist
	$(BIN)/python web/build_page.py

docs: $(VENV)/documented ## build the site, in build/site
	$(BIN)/mkdocs build --strict

wheel: $(VENV)/checked web ## the package as sdist and wheel, with the page in it, in build/wheel
	rm -rf build/wheel
	$(BIN)/python -m build --outdir build/wheel . > build/wheel.log || { cat build/wheel.log; exit 1; }

release: $(VENV)/checked web ## the last commit as wheels for five systems, libraries, SBOM, in dist
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/python release/build_release.py

try-release: $(VENV)/checked ## as root: the wheels in dist under Debian's newest Python, and on ARM
	apt-get install -y -qq mmdebstrap qemu-user-static
	$(BIN)/python release/elsewhere.py dist

.PHONY: fuzz soak audit lock
FUZZ_S ?= 600
fuzz: $(VENV)/checked ## look for inputs that crash anything, FUZZ_S seconds for each target
	$(BIN)/python tests/fuzz/run.py --seconds $(FUZZ_S)

audit: $(VENV)/checked ## ask the package index for known vulnerabilities of what release/ci.lock names
	$(BIN)/python release/audit.py

lock: $(VENV)/checked ## write the versions that are newest now, with their hashes, to release/ci.lock
	$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --generate-hashes --universal \
	    --python-version 3.11 --no-header --no-annotate --upgrade --output-file release/ci.lock

soak: $(VENV)/tested ## a day of sound through the core, in minutes
	$(BIN)/python benchmarks/soak.py

firmware: ## build the firmware of every emulated board
	$(MAKE) --no-print-directory -C boards

# The version that the shipped network was trained with; others round differently.
TORCH := torch==2.13.0

# Everything below needs the full recordings; its results are in the repository. Where yours lie is
# said on the command line, as in `make network CORPORA=folder MORE=folder`, or in local.mk, of which
# git knows nothing.
-include local.mk
CORPORA  ?= speech-emotion-recognition-en
MORE     ?=
READ     ?=
NON_SPEECH ?=
NOISE    ?=
ROOMS    ?=
TRACES   ?= power_profiles
DATASET  := generated_dataset
CATALOGUE := $(DATASET)/audio_dataframe.csv
FEATURES := $(DATASET)/extracted_acoustic_features.csv
# The speakers of sample/ are not trained on, nor are sounds that nobody has licensed.
HELD_OUT := ravdess_19 ravdess_20 ravdess_21 ravdess_22 crema_1038 crema_1091 \
            read_speech_VCTK_p227
TRAIN_NET = $(BIN)/audio-emotion train-net $(CATALOGUE) $(ROOMS:%=--rooms %) --without nonspeech

dataset: $(VENV)/tested ## catalogue and features of all recordings, of speech and of none
	$(BIN)/audio-emotion dataset $(CORPORA) $(MORE) $(READ) $(NON_SPEECH) --out $(DATASET)

classifiers: dataset ## train and compare all classifiers, then write docs/results.md
	$(BIN)/audio-emotion train $(FEATURES)
	cp logs/performance.csv benchmarks/results/performance.csv
	$(BIN)/python -m tools.results

default-model: dataset ## train the model that ships, and write its card
	$(BIN)/audio-emotion train $(FEATURES) --only MLP $(addprefix --leave-out ,$(HELD_OUT)) \
	    --models build/default-model --logs build/default-model
	cp build/default-model/MLP.skops models/default.skops
	$(BIN)/python -m tools.cards models/default.skops

train-default: dataset $(VENV)/checked ## train the networks that ship, and write their cards
	for size in default small; do \
	    $(TRAIN_NET) $(addprefix --leave-out ,$(HELD_OUT)) --size $$size \
	        --out build/default-model/$$size.aem || exit 1; \
	    cp build/default-model/$$size.aem models/$$size.aem; \
	done
	$(BIN)/python -m tools.cards models/default.aem
	$(BIN)/python -m tools.cards models/small.aem

power: $(VENV)/tested ## what boards draw, from the traces in TRACES, then write docs/results.md
	$(BIN)/audio-emotion power $(TRACES)/*.csv --battery-mah 1000 --predictions-per-hour 60
	$(BIN)/python -m tools.results.collect power logs/power
	$(BIN)/python -m tools.results

analysis: dataset ## how emotion moves each feature, then write docs/results.md
	$(BIN)/audio-emotion analyse $(FEATURES)
	$(BIN)/python -m tools.results.collect analysis logs/analysis
	$(BIN)/python -m tools.results

network: dataset $(VENV)/checked ## train a network for every fold, and one without each corpus
	$(TRAIN_NET) --each fold --out build/network
	$(TRAIN_NET) --each corpus --out build/corpora
	$(BIN)/python benchmarks/network_probe.py build/network $(CATALOGUE) --cache $(DATASET)/embeddings
	$(BIN)/python -m tools.results

# `build/network` holds the networks of the folds, `build/corpora` those without a corpus each.
# Killed, it goes on: what is extracted stays in the cache, and a document that is there is kept
# until the models change. After a change of the core remove $(DATASET)/embeddings and logs.
EVALUATE := $(BIN)/audio-emotion evaluate
MEASURED := $(NOISE:%=--noise %) $(ROOMS:%=--rooms %) --cache $(DATASET)/embeddings
PROFILE  := benchmarks/results/profile.csv

evidence: logs/network/evaluation.json logs/default/evaluation.json logs/MLP/evaluation.json ## evaluate models, strangers first: reports in logs/, docs/results.md, MODEL_CARD.md
	$(BIN)/python -m tools.results.collect evaluation logs/network logs/default logs/MLP
	$(BIN)/python -m tools.results.pictures
	$(BIN)/python -m tools.results
	$(BIN)/python -m tools.cards
	$(BIN)/audio-emotion report logs/network/evaluation.json logs/default/evaluation.json \
	    --profile $(PROFILE) --out logs/default.html

logs/network/evaluation.json: $(wildcard build/network/*.aem build/corpora/*.aem) | dataset
	$(EVALUATE) $(CATALOGUE) --model build/network --left-out build/corpora $(MEASURED) --against MLP

logs/default/evaluation.json: models/default.aem models/default.skops | dataset
	$(EVALUATE) $(CATALOGUE) --model models/default.aem $(MEASURED) --against models/default.skops \
	    --profile $(PROFILE)

logs/MLP/evaluation.json: src/audio_emotion/training/classifiers.py | dataset
	$(EVALUATE) $(CATALOGUE) --model MLP $(MEASURED) --profile $(PROFILE)

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wdouble-promotion -Wvla -Wshadow \
            -Wmissing-prototypes -Werror

core: ## compile the core alone, without a warning, with every compiler at hand
	@for cc in gcc clang; do command -v $$cc >/dev/null || continue; \
	    for source in core/*.c; do \
	        $$cc -std=c99 -O3 -ffp-contract=off $(WARNINGS) -c $$source -o /dev/null || exit 1; \
	    done; echo "core: $$cc has no warnings"; done

format: $(VENV)/checked ## format all sources
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/clang-format -i core/*.[ch] boards/*/*.[ch]

# One stamp per set of extras; the core is rebuilt when a source changes.
$(VENV)/installed: pyproject.toml setup.py $(CORE)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	    if [ -e $(VENV) ]; then echo "$(VENV) is broken, perhaps interrupted: it is made again"; fi; \
	    rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/tested: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

$(VENV)/checked: $(VENV)/tested
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --editable '.[dev,train]'
	touch $@

$(VENV)/documented: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@

clean: ## remove everything that make made
	rm -rf $(VENV) build dist web/dist *.egg-info src/*.egg-info src/audio_emotion/engine/_core*.so

"""The voice descriptors alone, by Praat with the settings of its manual."""

import parselmouth
from parselmouth.praat import call

from recordings import Recording

F0_MIN_HZ, F0_MAX_HZ = 75.0, 600.0


def voice(recording: Recording) -> list[float]:
    sound = parselmouth.Sound(str(recording.path))
    pitch = sound.to_pitch(pitch_floor=F0_MIN_HZ, pitch_ceiling=F0_MAX_HZ)
    pulses = call([sound, pitch], "To PointProcess (cc)")
    # All of it, periods of 0.1 to 20 ms, neighbors within a factor of 1.3 (amplitudes: 1.6).
    periods = (0, 0, 1e-4, 0.02, 1.3)
    harmonicity = sound.to_harmonicity_cc(minimum_pitch=F0_MIN_HZ)
    formants = sound.to_formant_burg(max_number_of_formants=5, maximum_formant=5500)
    return [
        call(pitch, "Get mean", 0, 0, "Hertz"),
        call(pulses, "Get jitter (local)", *periods),
        call([sound, pulses], "Get shimmer (local)", *periods, 1.6),
        call(harmonicity, "Get mean", 0, 0),
        *(call(formants, "Get mean", number, 0, 0, "hertz") for number in (1, 2, 3)),
    ]


METHODS = {f"voice set, Praat {parselmouth.PRAAT_VERSION}": voice}

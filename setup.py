"""Build the C core into the Python extension; everything else is in pyproject.toml."""

from setuptools import setup

setup(
    cffi_modules=["src/audio_emotion/_core_build.py:builder"],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)

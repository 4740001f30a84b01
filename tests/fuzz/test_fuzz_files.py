"""A short run of the fuzzing of files; the long one is a command (see ``fuzz_files``)."""

import resource

from fuzz_files import run


def test_damaged_documents_and_zips_are_refused_in_words() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = run(800, 150, seed=1)
    assert set(outcomes) == {"document read", "document refused", "zip read", "zip refused"}
    assert min(outcomes.values()) > 5
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 200, "memory grew by more than what 150 zips of up to 3 MB and small documents can need"

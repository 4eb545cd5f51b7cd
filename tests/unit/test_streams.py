import numpy as np

from rramsim.streams import stream


def test_a_stream_depends_on_seed_task_and_part_alone():
    same = stream(3, "ab" * 32, 1, 2).standard_normal(4)
    assert (stream(3, "ab" * 32, 1, 2).standard_normal(4) == same).all()
    others = [
        stream(4, "ab" * 32, 1, 2),
        stream(3, "ac" * 32, 1, 2),
        stream(3, "ab" * 32, 1),
        stream(3, "ab" * 32, 2, 1),
    ]
    assert all((other.standard_normal(4) != same).all() for other in others)


def test_the_recipe_stays_what_stored_tables_were_made_with():
    sequence = np.random.SeedSequence(entropy=[7, 0xAB], spawn_key=(3,))
    assert stream(7, "ab", 3).random() == np.random.Generator(np.random.Philox(sequence)).random()

"""The VST3 plugin in pedalboard: audio, parameters and state. Usage: pedalboard_host.py Attacca.vst3"""

import sys

import numpy
import pedalboard

RATE_HZ = 44_100


def audio_passes_through(path):
    noise = numpy.random.default_rng(1).standard_normal((2, RATE_HZ)).astype(numpy.float32)
    for channels in (1, 2):
        for block in (1, 7, 64, 441, 1024, 8192):
            plugin = pedalboard.load_plugin(path)
            given = noise[:channels, : RATE_HZ if block >= 64 else 4000]
            heard = plugin.process(given, RATE_HZ, buffer_size=block, reset=True)
            assert numpy.array_equal(heard, given), f"{channels} channels in blocks of {block} are changed"
        assert plugin.reported_latency_samples == 0, "audio is delayed"


def state_is_kept(path):
    plugin, other = pedalboard.load_plugin(path), pedalboard.load_plugin(path)
    assert plugin.send_chords and plugin.beats_in_a_bar == "Automatic", "the defaults are others"
    plugin.send_chords = False
    plugin.onsets_sensitivity = 0.5
    plugin.beats_in_a_bar = "3"
    # Changes reach the plugin with the next block.
    plugin.process(numpy.zeros((2, 512), numpy.float32), RATE_HZ)
    other.raw_state = plugin.raw_state
    # What cannot be automated are results, which are of the moment.
    kept = [name for name, parameter in plugin.parameters.items() if parameter.is_automatable]
    values = [[each.parameters[name].raw_value for name in kept] for each in (plugin, other)]
    assert values[0] == values[1], "another instance has other parameters"
    assert not other.send_chords and other.beats_in_a_bar == "3", "changes are lost"


if __name__ == "__main__":
    audio_passes_through(sys.argv[1])
    state_is_kept(sys.argv[1])

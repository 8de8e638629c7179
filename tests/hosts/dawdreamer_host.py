"""The VST3 plugin in DawDreamer: audio, parameters and state. Usage: dawdreamer_host.py Attacca.vst3"""

import pathlib
import sys
import tempfile

import dawdreamer
import numpy

RATE_HZ = 44_100


def audio_passes_through(path):
    noise = numpy.random.default_rng(1).standard_normal((2, RATE_HZ)).astype(numpy.float32)
    for with_side_chain in (True, False):
        for block in (1, 7, 64, 441, 1024, 8192):
            given = noise[:, : RATE_HZ if block >= 64 else 4000]
            engine = dawdreamer.RenderEngine(RATE_HZ, block)
            plugin = engine.make_plugin_processor("attacca", path)
            if not with_side_chain:
                plugin.disable_nonmain_buses()
            engine.load_graph([(engine.make_playback_processor("given", given), []), (plugin, ["given"])])
            engine.render(given.shape[1] / RATE_HZ)
            heard = engine.get_audio()[:, : given.shape[1]]
            assert numpy.array_equal(heard, given), f"blocks of {block}, side-chain {with_side_chain}: changed"
        assert plugin.get_latency_samples() == 0, "audio is delayed"


def state_is_kept(path):
    engine = dawdreamer.RenderEngine(RATE_HZ, 512)
    plugin, other = (engine.make_plugin_processor(name, path) for name in ("one", "other"))
    # What cannot be automated are results, which are of the moment.
    parameters = [each for each in plugin.get_parameters_description() if each["isAutomatable"]]
    index = next(each["index"] for each in parameters if each["name"] == "Send chords")
    assert plugin.get_parameter(index) == 1.0, "the default is another"
    plugin.set_parameter(index, 0.0)
    # The change reaches the plugin with the next block.
    silence = engine.make_playback_processor("silence", numpy.zeros((2, 512), numpy.float32))
    engine.load_graph([(silence, []), (plugin, ["silence"])])
    engine.render(512 / RATE_HZ)
    with tempfile.TemporaryDirectory() as folder:
        state = str(pathlib.Path(folder) / "state")
        plugin.save_state(state)
        other.load_state(state)
    assert other.get_parameter(index) == 0.0, "the change is lost"
    values = [[each.get_parameter(parameter["index"]) for parameter in parameters] for each in (plugin, other)]
    assert values[0] == values[1], "another instance has other parameters"


if __name__ == "__main__":
    audio_passes_through(sys.argv[1])
    state_is_kept(sys.argv[1])

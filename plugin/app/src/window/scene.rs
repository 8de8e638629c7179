//! What the views draw, from what the session says.

use attacca_gui::{Scene, scene::Machine};

use crate::{configuration::Configuration, feed::Status, input::InputStatus, session::Session};

/// The scene of a frame.
pub(super) fn scene(session: &Session, configuration: &Configuration, notices: &[String]) -> Scene {
    let Status { input, snapshot, now, mark, activation_delays_samples, unsent_midi, unsent_events } =
        session.feed().status();
    let (slot, loaded, networks) = session.networks().shown(mark.latencies_samples);
    let mut notices: Vec<_> = session.networks().notices().into_iter().chain(notices.iter().cloned()).collect();
    let InputStatus { trouble, xruns, .. } = session.input();
    let counted = |count: u64, what: &str| (count > 0).then(|| format!("{count} {what}"));
    notices.extend(trouble);
    notices.extend(counted(xruns, "buffers of the input came too late or not at all (xruns)"));
    notices.extend(counted(unsent_midi, "MIDI messages found no room in the port"));
    notices.extend(counted(unsent_events, "events could not be reported in time"));
    notices.extend(counted(mark.unrecorded_samples, "samples could not be recorded in time"));
    Scene {
        snapshot,
        now,
        settings: configuration.listening,
        midi: Some(configuration.midi.messages),
        osc: Some(configuration.osc.clone()),
        follow_transport: None,
        use_host_tempo: None,
        use_side_chain: None,
        machine: Machine {
            sample_rate_hz: input.map_or(0, |input| input.sample_rate_hz),
            block_samples: mark.block_frames,
            mean_load: mark.load.mean,
            worst_load: mark.load.worst,
            late_blocks: mark.load.late_blocks,
            networks,
            activation_delays_samples,
            slot,
            loaded,
            embed_weights: configuration.weights.embed,
        },
        notices,
    }
}

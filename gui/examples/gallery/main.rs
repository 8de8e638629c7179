//! Pictures of every view, with real music in them: `cargo run -p attacca-gui --example gallery -- RECORDING OUT_DIR`.
//!
//! The engine hears the recording up to a moment, and each view is drawn as it is then: at three sizes in the dark theme,
//! at one in the light, and at double scale. No display is needed.

mod raster;

use std::{error::Error, fs, path::Path};

use attacca_decode::Source;
use attacca_engine::{
    EngineConfig, Event, Portrait, Settings, Snapshot, Spread, build,
    models::{Task, shipped},
};
use attacca_gui::{
    Preferences, Scene, ThemeChoice, View, Window,
    scene::{Machine, NetworkInUse},
};
use attacca_outputs::{MidiSettings, OscSettings};
use egui::{Context, Pos2, RawInput, Rect, vec2};

use raster::{Picture, Rasteriser};

/// When the pictures are taken, in seconds.
const MOMENT_SECONDS: f64 = 24.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(recording), Some(folder), moment) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("expected a recording, a folder for the pictures and perhaps a moment in seconds".into());
    };
    let moment = moment.map_or(Ok(MOMENT_SECONDS), |seconds| seconds.parse())?;
    let heard = listen(Path::new(&recording), moment)?;
    fs::create_dir_all(&folder)?;
    for view in View::ALL {
        for (width, height) in [(480, 320), (1000, 640), (1920, 1080)] {
            let name = format!("{}-{width}x{height}-dark", view.name().to_lowercase());
            heard.save(&folder, &name, Look { view, theme: ThemeChoice::Dark, scale: 1.0, size: [width, height] })?;
        }
        let name = format!("{}-1000x640-light", view.name().to_lowercase());
        heard.save(&folder, &name, Look { view, theme: ThemeChoice::Light, scale: 1.0, size: [1000, 640] })?;
        let name = format!("{}-1000x640-double", view.name().to_lowercase());
        heard.save(&folder, &name, Look { view, theme: ThemeChoice::Dark, scale: 2.0, size: [1000, 640] })?;
    }
    Ok(())
}

/// How one picture looks.
#[derive(Clone, Copy, Debug)]
struct Look {
    view: View,
    theme: ThemeChoice,
    scale: f32,
    size: [usize; 2],
}

/// What the engine said of a recording.
#[derive(Debug)]
struct Heard {
    events: Vec<Event>,
    portraits: Vec<Portrait>,
    snapshots: Vec<Snapshot>,
    scene: Scene,
}

fn listen(path: &Path, seconds: f64) -> Result<Heard, Box<dyn Error>> {
    let mut recording = attacca_decode::Recording::open(&Source::File(path.to_owned()))?;
    let (rate, channels) = (recording.format().sample_rate_hz, recording.output_channels());
    let networks = shipped::all();
    let identities = networks.iter().map(|file| {
        let description = file.description();
        (description.task, description.name.clone(), file.content_hash())
    });
    let identities: Vec<_> = identities.collect();
    let (_controller, mut processor, mut reader) = build(EngineConfig {
        sample_rate_hz: rate,
        channels,
        networks,
        event_capacity: 4_096,
        snapshot_capacity: 1_024,
        portrait_capacity: 1_024,
        spread: Spread::HOP,
    })?;
    let mut heard = (Vec::new(), Vec::new(), Vec::new());
    let mut left = (seconds * f64::from(rate)) as usize * channels;
    while let Some(block) = recording.next_block()? {
        let block = &block[..block.len().min(left)];
        left -= block.len();
        processor.process_interleaved(block);
        heard.0.extend(std::iter::from_fn(|| reader.next_event()));
        heard.1.extend(std::iter::from_fn(|| reader.next_portrait()));
        heard.2.extend(std::iter::from_fn(|| reader.next_recorded_snapshot()));
        if left == 0 {
            break;
        }
    }
    let snapshot = reader.newest_snapshot();
    let delays = Task::ALL.map(|task| reader.activation_delay_samples(task));
    let networks = identities.into_iter().map(|(task, name, hash)| NetworkInUse {
        task,
        name,
        hash,
        latency_samples: processor.task_latency_samples(task),
    });
    let machine = Machine {
        sample_rate_hz: rate,
        block_samples: 512,
        mean_load: 0.031,
        worst_load: 0.094,
        networks: networks.collect(),
        activation_delays_samples: delays,
        ..Machine::default()
    };
    let scene = Scene {
        snapshot,
        now: snapshot.position,
        settings: Settings::default(),
        midi: Some(MidiSettings::default()),
        osc: Some(OscSettings::default()),
        follow_transport: Some(true),
        use_host_tempo: Some(false),
        use_side_chain: Some(false),
        machine,
        notices: vec!["beat-live.weights is missing: the shipped network listens instead".to_owned()],
    };
    Ok(Heard { events: heard.0, portraits: heard.1, snapshots: heard.2, scene })
}

impl Heard {
    fn save(&self, folder: &str, name: &str, look: Look) -> Result<(), Box<dyn Error>> {
        let picture = self.draw(look);
        let file = fs::File::create(Path::new(folder).join(name).with_extension("png"))?;
        let mut encoder = png::Encoder::new(file, picture.width as u32, picture.height as u32);
        encoder.set_color(png::ColorType::Rgba);
        encoder.write_header()?.write_image_data(&picture.bytes)?;
        Ok(())
    }

    fn draw(&self, look: Look) -> Picture {
        let preferences =
            Preferences { view: look.view, theme: look.theme, scale: look.scale, ..Preferences::default() };
        let mut window = Window::with_preferences(preferences);
        self.events.iter().for_each(|event| window.hear_event(event));
        self.portraits.iter().for_each(|portrait| window.hear_portrait(portrait));
        self.snapshots.iter().for_each(|snapshot| window.hear_snapshot(snapshot));
        let (context, mut rasteriser) = (Context::default(), Rasteriser::default());
        let mut picture = None;
        for frame in 0..4 {
            let points = vec2(look.size[0] as f32, look.size[1] as f32) / context.zoom_factor();
            let input = RawInput {
                screen_rect: Some(Rect::from_min_size(Pos2::ZERO, points)),
                time: Some(f64::from(frame) / 60.0),
                ..RawInput::default()
            };
            let mut output = context.run_ui(input, |ui| {
                window.show(ui, &self.scene);
            });
            rasteriser.update(&output.textures_delta);
            output.textures_delta.clear();
            if frame == 3 {
                let primitives = context.tessellate(output.shapes, output.pixels_per_point);
                picture = Some(rasteriser.draw(&primitives, look.size, output.pixels_per_point));
            }
        }
        picture.unwrap_or(Picture { width: 0, height: 0, bytes: Vec::new() })
    }
}

//! Pictures of the plugin's window in a window of the host's, while a recording plays in real time:
//! `cargo xtask pictures` draws those of `plugin/pictures`.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
use clack_extensions::{
    gui::{GuiApiType, GuiConfiguration, PluginGui, Window},
    state::PluginState,
};

use crate::{
    display::{HostWindow, Picture},
    player::{Layout, Player},
};

/// How long the recording plays before a picture is taken: until the beat is locked on and the spectrogram is full.
const PLAYED: Duration = Duration::from_secs(14);
const BLOCK: usize = 512;

#[test]
#[ignore = "needs a display, and a minute: cargo xtask pictures"]
fn pictures_of_every_view() {
    let folder = PathBuf::from(std::env::var_os("ATTACCA_PICTURES").expect("ATTACCA_PICTURES names a folder"));
    for view in ["stage", "analysis", "health", "settings"] {
        let picture = picture_of(view);
        // A window that was never drawn is black all over.
        let shades: std::collections::BTreeSet<_> = picture.rgb.chunks_exact(3).collect();
        assert!(shades.len() > 50, "{view} has {} colours", shades.len());
        write(&picture, &folder.join(format!("{view}.png")));
    }
}

fn picture_of(view: &str) -> Picture {
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    remember_view(&mut player, view);
    let handle = player.instance.plugin_handle();
    let gui: PluginGui = handle.get_extension().expect("there is a window");
    gui.create(&handle, GuiConfiguration { api_type: GuiApiType::X11, is_floating: false }).expect("it is created");
    let size = gui.get_size(&handle).expect("it has a size");
    let parent = HostWindow::open(size.width, size.height);
    // SAFETY: the host's window lives until the plugin's is destroyed.
    unsafe { gui.set_parent(&handle, Window::from_x11_handle(parent.id.into())) }.expect("it is embedded");
    gui.show(&handle).expect("it is shown");
    let started = Instant::now();
    for (index, block) in recording().chunks(BLOCK).enumerate() {
        let due = Duration::from_secs_f64((index * BLOCK) as f64 / f64::from(RECORDING_RATE_HZ));
        if due > PLAYED {
            break;
        }
        thread::sleep((started + due).saturating_duration_since(Instant::now()));
        player.play(block, &[BLOCK]);
        player.idle();
    }
    let picture = parent.picture();
    gui.destroy(&player.instance.plugin_handle());
    picture
}

/// Gives the plugin a project in which the window showed this view last.
fn remember_view(player: &mut Player, view: &str) {
    let handle = player.instance.plugin_handle();
    let state: PluginState = handle.get_extension().expect("there is state");
    let mut bytes = Vec::new();
    state.save(&handle, &mut bytes).expect("it is saved");
    // The framework writes the length before the text.
    let (length, text) = bytes.split_at(8);
    assert_eq!(length, (text.len() as u64).to_le_bytes());
    let mut project: serde_json::Value = serde_json::from_slice(text).expect("a project is JSON");
    let window = format!(r#"{{"format":1,"preferences":{{"view":"{view}"}}}}"#);
    project["fields"]["window"] = window.into();
    let text = project.to_string();
    let bytes = [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    state.load(&handle, &mut bytes.as_slice()).expect("it is loaded");
    player.idle();
}

fn write(picture: &Picture, path: &Path) {
    let file = BufWriter::new(File::create(path).expect("the folder is there"));
    let mut encoder = png::Encoder::new(file, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("the file is written");
    writer.write_image_data(&picture.rgb).expect("the file is written");
}

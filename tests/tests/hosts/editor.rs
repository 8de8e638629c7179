//! The window in a window of the host's, opened and closed a hundred times. `cargo xtask validate` runs these, since they
//! need a display, and with `MALLOC_ARENA_MAX=1`: each window has a thread, for which glibc would otherwise begin another
//! arena, keep what is freed in it, and look as if it leaked.

use std::{
    thread,
    time::{Duration, Instant},
};

use attacca_tests::recording::{RECORDING_RATE_HZ, recording};
use clack_extensions::gui::{GuiApiType, GuiConfiguration, PluginGui, Window};
use vst3::{
    ComPtr,
    Steinberg::{
        IPlugView, IPlugViewTrait, ViewRect, Vst::IEditControllerTrait, kPlatformTypeX11EmbedWindowID, kResultOk,
    },
};

use crate::{
    display::{HostWindow, usage},
    player::{Layout, Player},
    vst3_host::Vst3Player,
};

/// Windows until caches and pools are filled, and windows that are watched.
const FIRST: usize = 10;
const WATCHED: usize = 100;

/// Long enough for a few frames of a software renderer.
const OPEN: Duration = Duration::from_millis(150);
const PATIENCE: Duration = Duration::from_secs(10);

/// Mesa's software renderer itself leaks about 80 KiB with each context (heaptrack, Mesa 22.3), 8 MiB of a hundred. A frame
/// that stayed with each window would be 220 MiB (960 × 600 points, 4 bytes each).
const GROWTH_BYTES: u64 = 16 << 20;

/// Opens and closes a window, time and again; memory and threads stay.
fn leaks_nothing(mut open_and_close: impl FnMut()) {
    let threads_before = usage().1;
    let mut once = || {
        open_and_close();
        // A window's own thread may take its time to end.
        let closed = Instant::now();
        while usage().1 > threads_before {
            assert!(closed.elapsed() < PATIENCE, "from {threads_before} to {} threads", usage().1);
            thread::sleep(Duration::from_millis(5));
        }
    };
    (0..FIRST).for_each(|_| once());
    let bytes_before = usage().0;
    (0..WATCHED).for_each(|_| once());
    let bytes = usage().0;
    println!("{WATCHED} windows: {} KiB more", bytes.saturating_sub(bytes_before) >> 10);
    assert!(bytes < bytes_before + GROWTH_BYTES, "from {bytes_before} to {bytes} bytes");
}

#[test]
#[ignore = "needs a display: cargo xtask validate"]
fn a_clap_window_opens_and_closes_a_hundred_times() {
    let mut player = Player::started(Layout::Mono, RECORDING_RATE_HZ);
    let gui: PluginGui = player.instance.plugin_handle().get_extension().expect("there is a window");
    let configuration = GuiConfiguration { api_type: GuiApiType::X11, is_floating: false };
    leaks_nothing(|| {
        let handle = player.instance.plugin_handle();
        assert!(gui.is_api_supported(&handle, configuration));
        gui.create(&handle, configuration).expect("it is created");
        let size = gui.get_size(&handle).expect("it has a size");
        let parent = HostWindow::open(size.width, size.height);
        // SAFETY: the host's window lives until the plugin's is destroyed.
        unsafe { gui.set_parent(&handle, Window::from_x11_handle(parent.id.into())) }.expect("it is embedded");
        gui.show(&handle).expect("it is shown");
        player.play(&recording()[..20_000], &[512]);
        thread::sleep(OPEN);
        player.idle();
        assert_eq!(parent.children(), 1);
        gui.destroy(&player.instance.plugin_handle());
        player.idle();
    });
}

#[test]
#[ignore = "needs a display: cargo xtask validate"]
fn a_vst3_window_opens_and_closes_a_hundred_times() {
    let mut player = Vst3Player::started(RECORDING_RATE_HZ);
    leaks_nothing(|| {
        // SAFETY: the calls are those of a host; the host's window lives until the plugin's is removed.
        unsafe {
            let view = ComPtr::<IPlugView>::from_raw(player.controller.createView(c"editor".as_ptr()));
            let view = view.expect("there is a view");
            assert_eq!(view.isPlatformTypeSupported(kPlatformTypeX11EmbedWindowID), kResultOk);
            let mut size = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
            assert_eq!(view.getSize(&mut size), kResultOk);
            let parent = HostWindow::open(size.right as u32, size.bottom as u32);
            assert_eq!(view.attached(parent.id as usize as *mut _, kPlatformTypeX11EmbedWindowID), kResultOk);
            player.play(&recording()[..20_000], 512);
            thread::sleep(OPEN);
            assert_eq!(parent.children(), 1);
            assert_eq!(view.removed(), kResultOk);
        }
    });
}

//! A window for the plugin's editor, and what the process uses while it is open.

use std::fs;

use x11rb::{
    COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT,
    connection::Connection,
    protocol::xproto::{ConnectionExt, CreateWindowAux, ImageFormat, WindowClass},
    rust_connection::RustConnection,
};

/// What is seen in a window: three bytes a pixel, row by row.
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

/// A window of the host's, as large as the editor asks for.
pub struct HostWindow {
    connection: RustConnection,
    pub id: u32,
}

impl HostWindow {
    pub fn open(width: u32, height: u32) -> Self {
        let (connection, screen) = x11rb::connect(None).expect("there is a display");
        let id = connection.generate_id().expect("the display has room for a window");
        let root = connection.setup().roots[screen].root;
        let (width, height) = (width as u16, height as u16);
        let (class, look) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        connection
            .create_window(COPY_DEPTH_FROM_PARENT, id, root, 0, 0, width, height, 0, class, COPY_FROM_PARENT, &look)
            .expect("a window is created");
        connection.map_window(id).expect("it is shown");
        connection.sync();
        Self { connection, id }
    }

    /// What is seen in it.
    pub fn picture(&self) -> Picture {
        let Ok(Ok(geometry)) = self.connection.get_geometry(self.id).map(|cookie| cookie.reply()) else {
            panic!("the window has a size");
        };
        let (width, height) = (geometry.width, geometry.height);
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.id, 0, 0, width, height, u32::MAX)
            .expect("the display is there")
            .reply()
            .expect("the window is on the screen");
        // Blue, green, red and nothing, as every display of 24 bits has them.
        let rgb = image.data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        Picture { width: width.into(), height: height.into(), rgb }
    }

    /// Windows within it.
    pub fn children(&self) -> usize {
        let tree = self.connection.query_tree(self.id).expect("the window exists");
        tree.reply().expect("the display answers").children.len()
    }
}

trait Sync {
    fn sync(&self);
}

impl Sync for RustConnection {
    /// Waits until the display has done what it was asked for.
    fn sync(&self) {
        self.get_input_focus().expect("the display is there").reply().expect("the display answers");
    }
}

/// Memory in bytes and threads of this process.
pub fn usage() -> (u64, usize) {
    let status = fs::read_to_string("/proc/self/statm").expect("this is Linux");
    let pages: u64 = status.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).expect("it counts pages");
    (pages * 4096, fs::read_dir("/proc/self/task").expect("this is Linux").count())
}

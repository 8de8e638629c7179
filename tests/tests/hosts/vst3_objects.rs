//! What a VST3 host hands to a plugin: lists of events, streams, automation.

use std::{
    cell::RefCell,
    ffi::c_void,
    io::{Cursor, Read, Seek, SeekFrom, Write},
    ptr::{null_mut, slice_from_raw_parts, slice_from_raw_parts_mut},
};

use vst3::{
    Class, ComPtr, ComWrapper,
    Steinberg::{
        IBStream, IBStreamTrait,
        Vst::{
            Event, IEventList, IEventListTrait, IParamValueQueue, IParamValueQueueTrait, IParameterChanges,
            IParameterChangesTrait,
        },
        kInvalidArgument, kResultFalse, kResultOk, tresult,
    },
};

/// What the plugin sends within a block.
#[derive(Default)]
pub struct EventList(pub RefCell<Vec<Event>>);

impl Class for EventList {
    type Interfaces = (IEventList,);
}

impl IEventListTrait for EventList {
    unsafe fn getEventCount(&self) -> i32 {
        self.0.borrow().len() as i32
    }

    unsafe fn getEvent(&self, index: i32, event: *mut Event) -> tresult {
        let Some(found) = self.0.borrow().get(index as usize).copied() else { return kInvalidArgument };
        // SAFETY: the caller gives room for an event.
        unsafe { event.write(found) };
        kResultOk
    }

    unsafe fn addEvent(&self, event: *mut Event) -> tresult {
        // SAFETY: the caller gives an event.
        self.0.borrow_mut().push(unsafe { *event });
        kResultOk
    }
}

/// Bytes in memory.
#[derive(Default)]
pub struct Stream(pub RefCell<Cursor<Vec<u8>>>);

impl Stream {
    pub fn new(bytes: &[u8]) -> Self {
        Self(RefCell::new(Cursor::new(bytes.to_vec())))
    }
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

/// Writes how far something came; a caller need not ask.
///
/// # Safety
/// `place` is null or has room for a number.
unsafe fn tell<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: as the caller says.
        unsafe { place.write(value) };
    }
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, buffer: *mut c_void, count: i32, done: *mut i32) -> tresult {
        // SAFETY: the caller gives room for `count` bytes.
        let bytes = unsafe { &mut *slice_from_raw_parts_mut(buffer.cast::<u8>(), count as usize) };
        let Ok(read) = self.0.borrow_mut().read(bytes) else { return kResultFalse };
        // SAFETY: as the interface has it.
        unsafe { tell(done, read as i32) };
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, count: i32, done: *mut i32) -> tresult {
        // SAFETY: the caller gives `count` bytes.
        let bytes = unsafe { &*slice_from_raw_parts(buffer.cast::<u8>().cast_const(), count as usize) };
        let Ok(written) = self.0.borrow_mut().write(bytes) else { return kResultFalse };
        // SAFETY: as the interface has it.
        unsafe { tell(done, written as i32) };
        kResultOk
    }

    unsafe fn seek(&self, position: i64, mode: i32, result: *mut i64) -> tresult {
        let from = match mode {
            0 => SeekFrom::Start(position as u64),
            1 => SeekFrom::Current(position),
            _ => SeekFrom::End(position),
        };
        let Ok(now) = self.0.borrow_mut().seek(from) else { return kResultFalse };
        // SAFETY: as the interface has it.
        unsafe { tell(result, now as i64) };
        kResultOk
    }

    unsafe fn tell(&self, position: *mut i64) -> tresult {
        // SAFETY: as the interface has it.
        unsafe { tell(position, self.0.borrow().position() as i64) };
        kResultOk
    }
}

/// Values of one parameter, all at the beginning of a block.
pub struct Automation(ComPtr<IParamValueQueue>);

impl Automation {
    pub fn new(id: u32, values: &[f64]) -> Self {
        let queue = ComWrapper::new(Values(id, values.to_vec()));
        Self(queue.to_com_ptr().expect("it is a queue of values"))
    }
}

impl Class for Automation {
    type Interfaces = (IParameterChanges,);
}

impl IParameterChangesTrait for Automation {
    unsafe fn getParameterCount(&self) -> i32 {
        1
    }

    unsafe fn getParameterData(&self, index: i32) -> *mut IParamValueQueue {
        if index == 0 { self.0.as_ptr() } else { null_mut() }
    }

    unsafe fn addParameterData(&self, _: *const u32, _: *mut i32) -> *mut IParamValueQueue {
        null_mut()
    }
}

struct Values(u32, Vec<f64>);

impl Class for Values {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Values {
    unsafe fn getParameterId(&self) -> u32 {
        self.0
    }

    unsafe fn getPointCount(&self) -> i32 {
        self.1.len() as i32
    }

    unsafe fn getPoint(&self, index: i32, sample: *mut i32, value: *mut f64) -> tresult {
        let Some(found) = self.1.get(index as usize) else { return kInvalidArgument };
        // SAFETY: the caller gives room.
        unsafe {
            tell(sample, 0);
            tell(value, *found);
        }
        kResultOk
    }

    unsafe fn addPoint(&self, _: i32, _: f64, _: *mut i32) -> tresult {
        kResultFalse
    }
}

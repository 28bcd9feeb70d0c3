//! The C contract as Rust sees it; `mesh/plugin.h` is its manual. Authors need only [`crate::export!`].

use std::ffi::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::OnceLock;

use serde_json::Value;

use crate::{Host, Plugin, Problem};

pub const MAGIC: u32 = 0x4d45_5348;
pub const MAJOR: u32 = 1;
pub const MINOR: u32 = 0;
pub const DOCUMENT_MAX: usize = 64 << 20;

pub const OK: i32 = 0;
pub const FAILED: i32 = 1;
pub const UNSUPPORTED: i32 = 2;
pub const TOO_LARGE: i32 = 3;
pub const CANCELLED: i32 = 4;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    ptr: *const c_char,
    len: u64,
}

#[repr(C)]
pub struct Sink {
    ctx: *mut c_void,
    write: unsafe extern "C" fn(*mut c_void, *const c_char, u64) -> i32,
}

#[repr(C)]
pub struct CHost {
    struct_size: u32,
    abi_minor: u32,
    ctx: *mut c_void,
    call: unsafe extern "C" fn(*mut c_void, Text, Text, Text, *const Sink) -> i32,
    cancelled: unsafe extern "C" fn(*mut c_void) -> i32,
    deadline: unsafe extern "C" fn(*mut c_void) -> u64,
}

type Invoke = unsafe extern "C" fn(*mut c_void, *const CHost, Text, Text, Text, *const Sink) -> i32;

#[repr(C)]
pub struct CPlugin {
    magic: u32,
    struct_size: u32,
    abi_major: u32,
    abi_minor: u32,
    manifest: Text,
    start: unsafe extern "C" fn(*const CHost, *mut *mut c_void, *const Sink) -> i32,
    invoke: Invoke,
    stop: Option<unsafe extern "C" fn(*mut c_void)>,
}

// The texts and functions of a plugin are constant.
unsafe impl Sync for CPlugin {}
unsafe impl Send for CPlugin {}

fn text(bytes: &[u8]) -> Text {
    Text { ptr: bytes.as_ptr().cast(), len: bytes.len() as u64 }
}

unsafe fn bytes<'a>(text: Text) -> &'a [u8] {
    if text.len == 0 {
        return &[];
    }
    std::slice::from_raw_parts(text.ptr.cast(), text.len as usize)
}

unsafe fn write(sink: &Sink, document: &[u8]) -> i32 {
    (sink.write)(sink.ctx, document.as_ptr().cast(), document.len() as u64)
}

unsafe extern "C" fn append(ctx: *mut c_void, from: *const c_char, len: u64) -> i32 {
    let reply = &mut *ctx.cast::<Vec<u8>>();
    if reply.len() + len as usize > DOCUMENT_MAX {
        return TOO_LARGE;
    }
    reply.extend_from_slice(bytes(Text { ptr: from, len }));
    OK
}

impl Host for CHost {
    fn call(&self, service: &str, verb: &str, request: Value) -> Result<Value, Problem> {
        let mut reply = Vec::new();
        let sink = Sink { ctx: (&mut reply as *mut Vec<u8>).cast(), write: append };
        let request = serde_json::to_vec(&request)?;
        let (service_text, verb_text) = (text(service.as_bytes()), text(verb.as_bytes()));
        match unsafe { (self.call)(self.ctx, service_text, verb_text, text(&request), &sink) } {
            OK => Ok(serde_json::from_slice(&reply)?),
            UNSUPPORTED => Err(Problem::new(
                "unsupported",
                format!("this kubectl mesh does not have {service} {verb}"),
            )),
            CANCELLED => Err(Problem::new("cancelled", "the run was cancelled, or its time is up")),
            _ => Err(serde_json::from_slice(&reply).unwrap_or_else(|_| {
                Problem::new("failed", format!("{service} {verb} failed without a word"))
            })),
        }
    }

    fn cancelled(&self) -> bool {
        unsafe { (self.cancelled)(self.ctx) != 0 }
    }
}

/// A library's plugin, made once, and its C side.
pub struct Exported {
    plugin: Plugin,
    // What `c` points to: never moved, never freed.
    _manifest: Vec<u8>,
    c: CPlugin,
}

impl Exported {
    pub fn c(&self) -> *const CPlugin {
        &self.c
    }
}

/// What `export!` puts behind the one symbol.
pub fn exported(
    cell: &'static OnceLock<Exported>,
    make: fn() -> Plugin,
    invoke: Invoke,
) -> &'static Exported {
    cell.get_or_init(|| {
        let plugin = make();
        let manifest = serde_json::to_vec(&plugin.manifest()).unwrap_or_default();
        let c = CPlugin {
            magic: MAGIC,
            struct_size: std::mem::size_of::<CPlugin>() as u32,
            abi_major: MAJOR,
            abi_minor: MINOR,
            manifest: text(&manifest),
            start,
            invoke,
            stop: None,
        };
        Exported { plugin, _manifest: manifest, c }
    })
}

unsafe extern "C" fn start(_: *const CHost, _: *mut *mut c_void, _: *const Sink) -> i32 {
    OK
}

/// The edge that no panic crosses.
///
/// # Safety
/// The pointers are what the host passes to `invoke`.
pub unsafe fn invoke(
    exported: &Exported,
    host: *const CHost,
    texts: [Text; 3],
    reply: *const Sink,
) -> i32 {
    catch_unwind(AssertUnwindSafe(|| {
        let [address, verb, request] = texts.map(|text| bytes(text));
        let (address, verb) = (String::from_utf8_lossy(address), String::from_utf8_lossy(verb));
        match exported.plugin.invoke(&*host, &address, &verb, request) {
            Ok(document) => write(&*reply, &document),
            Err(problem) if problem.code == "unsupported" => UNSUPPORTED,
            Err(problem) if problem.code == "cancelled" => CANCELLED,
            Err(problem) => match write(&*reply, &serde_json::to_vec(&problem).unwrap_or_default())
            {
                OK => FAILED,
                code => code,
            },
        }
    }))
    .unwrap_or(FAILED)
}

/// Exports the plugin that the function makes: the one symbol of the library.
#[macro_export]
macro_rules! export {
    ($make:path) => {
        #[no_mangle]
        pub extern "C" fn kubectl_mesh_plugin_v1() -> *const $crate::abi::CPlugin {
            static CELL: std::sync::OnceLock<$crate::abi::Exported> = std::sync::OnceLock::new();
            unsafe extern "C" fn invoke(
                _: *mut std::ffi::c_void,
                host: *const $crate::abi::CHost,
                extension: $crate::abi::Text,
                verb: $crate::abi::Text,
                request: $crate::abi::Text,
                reply: *const $crate::abi::Sink,
            ) -> i32 {
                match CELL.get() {
                    Some(exported) => {
                        $crate::abi::invoke(exported, host, [extension, verb, request], reply)
                    }
                    None => $crate::abi::FAILED,
                }
            }
            $crate::abi::exported(&CELL, $make, invoke).c()
        }
    };
}

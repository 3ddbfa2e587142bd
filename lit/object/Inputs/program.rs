// SPDX-License-Identifier: BSD-2-Clause
// A program without Rust's core library, which the BPF targets have only as source: what the language needs of it is here.
#![feature(auto_traits, intrinsics, lang_items, no_core, rustc_attrs)]
#![no_core]
#![no_main]
#![allow(internal_features, dead_code, non_upper_case_globals)]
#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "freeze"]
pub unsafe auto trait Freeze {}
#[lang = "sync"]
pub unsafe trait Sync {}
unsafe impl<T> Sync for T {}
#[lang = "copy"]
pub trait Copy {}
impl Copy for u8 {}
impl Copy for u32 {}
impl<T> Copy for *const T {}
#[lang = "bitor"]
pub trait BitOr<R = Self> {
    type Output;
    fn bitor(self, r: R) -> Self::Output;
}
impl BitOr for u32 {
    type Output = u32;
    fn bitor(self, r: u32) -> u32 {
        self | r
    }
}
#[lang = "drop_in_place"]
pub unsafe fn drop_in_place<T: PointeeSized>(_what: *mut T) {}
#[rustc_intrinsic]
pub const unsafe fn unchecked_shl<T: Copy, U: Copy>(x: T, y: U) -> T;
#[rustc_intrinsic]
pub unsafe fn volatile_store<T>(to: *mut T, value: T);

#[repr(C)]
pub struct SkBuff {
    len: u32,
    kind: u32,
    mark: u32,
}
#[repr(C)]
pub struct Bytes {
    a: u8,
    b: u8,
    c: u8,
    d: u8,
}

#[inline]
unsafe fn join(p: *const Bytes) -> u32 {
    let low = (*p).a as u32 | unchecked_shl((*p).b as u32, 8u32);
    let high = unchecked_shl((*p).c as u32, 16u32) | unchecked_shl((*p).d as u32, 24u32);
    low | high
}

#[no_mangle]
#[inline(never)]
pub unsafe extern "C" fn spill(n: u32) -> u32 {
    let mut on_stack = 5u32;
    volatile_store(&mut on_stack, n);
    on_stack
}

#[no_mangle]
#[link_section = "classifier"]
pub unsafe extern "C" fn prog(c: *const SkBuff) -> u32 {
    let bytes = Bytes { a: 1, b: (*c).len as u8, c: 3, d: 4 };
    join(&bytes) | spill((*c).mark)
}

#[no_mangle]
#[link_section = "license"]
pub static LICENSE: [u8; 4] = [71, 80, 76, 0];

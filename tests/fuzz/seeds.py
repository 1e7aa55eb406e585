#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Seed corpora of the fuzz targets: seeds.py DIR makes DIR/{fdt,cpio,elf,acpi,cmdline}/."""
import os
import struct
import subprocess
import sys

DTS = {
    'arm': '''/dts-v1/; /memreserve/ 0x40000000 0x1000;
/ { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>; compatible = "linux,dummy-virt";
 aliases { serial0 = &uart; };
 chosen { bootargs = "a=1 b"; stdout-path = "serial0:115200"; linux,initrd-start = <0x48000000>; linux,initrd-end = <0x48100000>;
  rng-seed = [01 02 03 04]; kaslr-seed = <1 2>; };
 psci { compatible = "arm,psci-1.0", "arm,psci-0.2"; method = "hvc"; };
 memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x10000000>; };
 reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; r@41000000 { reg = <0 0x41000000 0 0x1000>; }; };
 cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = "cpu"; reg = <0>; enable-method = "psci"; }; };
 gic: intc@8000000 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; reg = <0 0x8000000 0 0x10000>;
  reg-names = "gicd"; };
 timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4>, <1 14 4>; };
 soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x9000000 0x100000>;
  uart: uart@1000 { compatible = "arm,pl011"; reg = <0x1000 0x1000>; interrupts = <0 1 4>; }; };
};''',
    'riscv': '''/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>;
 cpus { #address-cells = <1>; #size-cells = <0>; timebase-frequency = <10000000>;
  cpu@0 { device_type = "cpu"; reg = <0>; status = "okay"; riscv,isa = "rv64imafdc_zicsr_sstc"; mmu-type = "riscv,sv39";
   i0: interrupt-controller { #interrupt-cells = <1>; interrupt-controller; compatible = "riscv,cpu-intc"; }; };
  cpu@1 { device_type = "cpu"; reg = <1>; status = "disabled"; riscv,isa-extensions = "i", "sstc"; }; };
 memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x8000000>; };
 soc { #address-cells = <2>; #size-cells = <2>; ranges;
  plic@c000000 { compatible = "riscv,plic0"; reg = <0 0xc000000 0 0x600000>; interrupts-extended = <&i0 11 &i0 9>;
   interrupt-controller; #interrupt-cells = <1>; }; };
};''',
}


def table(sig, body, rev=2):
    t = bytearray(sig + struct.pack('<IBB6s8sI4sI', 36 + len(body), rev, 0, b'TESSER', b'A       ', 1, b'SEED', 1) + body)
    t[9] = -sum(t) & 0xff
    return bytes(t)


def acpi():
    base, mem = 0x1000, bytearray(0x600)

    def put(at, data):
        mem[at:at + len(data)] = data
        return base + at
    s5 = b'\x08_S5_\x12\x06\x04\x0a\x05\x0a\x05\x00\x00'
    dsdt = put(0x100, table(b'DSDT', b'\x10\x05' + s5))
    fadt = bytearray(268 - 36)
    struct.pack_into('<I', fadt, 40 - 36, dsdt)
    struct.pack_into('<I', fadt, 64 - 36, 0x604)
    struct.pack_into('<IBBBBQB', fadt, 112 - 36, 1 << 10, 1, 8, 0, 1, 0xcf9, 6)
    fadt = put(0x180, table(b'FACP', bytes(fadt), 5))
    madt = struct.pack('<II', 0xfee00000, 1)
    madt += bytes([0, 8, 0, 0, 1, 0, 0, 0]) + bytes([0, 8, 1, 1, 1, 0, 0, 0])
    madt += struct.pack('<BBBBII', 1, 12, 0, 0, 0xfec00000, 0) + struct.pack('<BBBBIH', 2, 10, 0, 0, 2, 0)
    madt += struct.pack('<BBHIII', 9, 16, 0, 300, 1, 2) + struct.pack('<BBBHB', 4, 6, 255, 0, 1)
    madt = put(0x300, table(b'APIC', madt))
    hpet = put(0x3a0, table(b'HPET', struct.pack('<IBBBBQ', 1, 0, 64, 0, 0, 0xfed00000) + bytes(4)))
    mcfg = put(0x400, table(b'MCFG', bytes(8) + struct.pack('<QHBB4x', 0xb0000000, 0, 0, 255)))
    xsdt = put(0x480, table(b'XSDT', struct.pack('<QQQQ', fadt, madt, hpet, mcfg)))
    rsdp = bytearray(b'RSD PTR \0TESSER\2' + struct.pack('<IIQ4x', 0, 36, xsdt))
    rsdp[8] = -sum(rsdp[:20]) & 0xff
    rsdp[32] = -sum(rsdp) & 0xff
    put(0, rsdp)
    return bytes(mem)


def cpio_entry(name, data=b'', mode=0o100644, magic=b'070701', check=0):
    n = name.encode() + b'\0'
    h = magic + b''.join(b'%08x' % v for v in (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(n), check)) + n
    h += b'\0' * (-len(h) % 4) + data
    return h + b'\0' * (-len(h) % 4)


def elf(kind=2, segments=((1, 5, 0x1000, 0x401000, 0x100, 0x100), (1, 6, 0x2000, 0x402000, 0x10, 0x800))):
    ph = b''.join(struct.pack('<IIQQQQQQ', t, f, off, va, va, fs, ms, 0x1000) for t, f, off, va, fs, ms in segments)
    eh = b'\x7fELF\2\1\1' + bytes(9) + struct.pack('<HHIQQQIHHHHHH', kind, 62, 1, segments[0][3], 64, 0, 0, 64, 56,
                                                   len(segments), 0, 0, 0)
    return (eh + ph).ljust(0x2100, b'\0')


def main():
    out = sys.argv[1]

    def write(target, name, data):
        os.makedirs(f'{out}/{target}', exist_ok=True)
        with open(f'{out}/{target}/{name}', 'wb') as f:
            f.write(data)
    for name, text in DTS.items():
        write('fdt', name, subprocess.run(['dtc', '-q', '-O', 'dtb', '-@'], input=text.encode(), check=True,
                                          capture_output=True).stdout)
    trailer = cpio_entry('TRAILER!!!', mode=0)
    one = cpio_entry('init', b'#!/bin/sh\n', 0o100755) + cpio_entry('dev/console', b'', 0o020600)
    write('cpio', 'one', one + trailer)
    write('cpio', 'two', one + trailer + bytes(64) + cpio_entry('init', b'new') + trailer + bytes(512))
    write('cpio', 'sum', cpio_entry('a', b'\1\2\3', magic=b'070702', check=6) + trailer)
    write('elf', 'exec', elf())
    write('elf', 'dyn', elf(3, ((6, 4, 64, 64, 280, 280), (3, 4, 0x200, 0x200, 4, 4), (1, 5, 0, 0, 0x400, 0x400),
                                (4, 4, 0x210, 0x210, 32, 32), (7, 4, 0x300, 0x300, 8, 16))))
    write('acpi', 'mended', b'\0' + acpi())
    write('acpi', 'plain', b'\1' + acpi())
    for i, s in enumerate((b'key=1 quiet key="a b" -- key=3', b'"key=x y" console=ttyS0,115200 key', b'key=16M')):
        write('cmdline', str(i), s)


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make the system-call dispatch of one architecture from compat/linux/syscalls.tbl and the toolchain's kernel headers.

usage: syscalls.py TABLE NUMBERS ARCH OUTPUT.c OUTPUT.h [COVERAGE.rst]
NUMBERS is the output of "cc -E -dM" on <asm/unistd.h>.
"""
import re
import sys

C_TYPES = {'fd': 'int', 'int': 'int', 'uint': 'uint32_t', 'size': 'uint64_t', 'long': 'int64_t', 'off': 'int64_t',
           'word': 'uint64_t', 'user': 'uintptr_t', 'path': 'uintptr_t'}


def die(message):
    sys.exit(f'syscalls.tbl: {message}')


def parse_table(path):
    records, current = {}, None
    with open(path, encoding='ascii') as table:
        for number, line in enumerate(table, 1):
            text = line.split('#', 1)[0].rstrip()
            if not text:
                continue
            if not text[0].isspace():
                match = re.fullmatch(r'(\w+)\((.*)\)', text)
                if not match:
                    die(f'line {number}: expected name(args): {text}')
                name, args = match.groups()
                if name in records:
                    die(f'line {number}: {name} stands twice')
                current = {'args': [], 'how': None, 'notes': [], 'set': []}
                for arg in filter(None, (a.strip() for a in args.split(','))):
                    kind, _, arg_name = arg.partition(' ')
                    if kind not in C_TYPES:
                        die(f'line {number}: unknown type {kind}')
                    current['args'].append((kind, arg_name))
                if len(current['args']) > 6:
                    die(f'line {number}: more than six arguments')
                records[name] = current
            elif current is None:
                die(f'line {number}: key without a record')
            else:
                key, _, value = text.strip().partition(' ')
                if key == 'how':
                    current['how'] = value.split(None, 1)
                elif key == 'note':
                    current['notes'].append(value)
                elif key == 'set':
                    current['set'].append(value)
                else:
                    die(f'line {number}: unknown key {key}')
    for name, record in records.items():
        if not record['how'] or len(record['how']) != 2 or record['how'][0] not in ('shim', 'refuse', 'alias'):
            die(f'{name}: how shim FUNC | refuse ERRNO | alias CALL expected')
    return records


def parse_numbers(path):
    numbers = {}
    with open(path, encoding='ascii') as source:
        defines = dict(re.findall(r'^#define (__NR\w*) (.+)$', source.read(), re.M))
    for name, value in defines.items():
        if not name.startswith('__NR_') or name.startswith('__NR_syscalls'):
            continue
        text = value.strip()
        for _ in range(8):
            match = re.fullmatch(r'\(?\s*(__NR\w*)\s*(?:\+\s*(\d+))?\s*\)?', text)
            if not match or match.group(1) not in defines:
                break
            inner = defines[match.group(1)].strip()
            text = str(int(inner) + int(match.group(2) or 0)) if inner.isdigit() else inner
        text = text.strip('() ')
        if text.isdigit():
            numbers[name[len('__NR_'):]] = int(text)
    return numbers


def wrapper(name, record, records):
    how, value = record['how']
    if how == 'refuse':
        return f'static int64_t w_{name}(const uint64_t *a)\n{{\n\tlx_count_refused();\n\treturn -{value};\n}}\n'
    if how == 'alias':
        match = re.fullmatch(r'(\w+)\((.*)\)', value)
        if not match or match.group(1) not in records:
            die(f'{name}: alias of an unknown call {value}')
        target = records[match.group(1)]
        if target['how'][0] != 'shim':
            die(f'{name}: alias of a call that is no shim function')
        values = []
        for arg in (x.strip() for x in match.group(2).split(',')):
            found = re.fullmatch(r'a(\d)', arg)
            values.append(f'a[{found.group(1)}]' if found else arg)
        func, args = target['how'][1], target['args']
        if len(values) != len(args):
            die(f'{name}: alias passes {len(values)} arguments, {match.group(1)} takes {len(args)}')
    else:
        func, args = value, record['args']
        values = [f'a[{i}]' for i in range(len(args))]
    passed = ', '.join(f'({C_TYPES[kind]}){v}' for (kind, _), v in zip(args, values))
    return f'static int64_t w_{name}(const uint64_t *a)\n{{\n\treturn lx_{func}({passed});\n}}\n'


def main():
    if len(sys.argv) not in (6, 7):
        sys.exit(__doc__)
    table, numbers_path, arch, out_c, out_h = sys.argv[1:6]
    records, numbers = parse_table(table), parse_numbers(numbers_path)
    if len(numbers) < 250:
        die(f'only {len(numbers)} numbers in {numbers_path}: are the kernel headers of {arch} installed?')
    here = {n: r for n, r in records.items() if n in numbers}
    protos = {}
    for name, record in records.items():
        if record['how'][0] == 'shim':
            types = ', '.join(f'{C_TYPES[k]} {n}' for k, n in record['args']) or 'void'
            protos.setdefault(record['how'][1], types)
    with open(out_h, 'w', encoding='ascii') as out:
        out.write('/* SPDX-License-Identifier: BSD-2-Clause */\n/* Generated from compat/linux/syscalls.tbl. */\n'
                  '#ifndef GENERATED_LX_SYSCALLS_H\n#define GENERATED_LX_SYSCALLS_H\n#include <tessera/lib/types.h>\n')
        for func, types in sorted(protos.items()):
            out.write(f'int64_t lx_{func}({types});\n')
        for name, number in sorted(numbers.items(), key=lambda x: x[1]):
            out.write(f'#define LX_NR_{name} {number}\n')
        out.write(f'#define LX_NR_MAX {max(numbers.values())}\n#endif\n')
    with open(out_c, 'w', encoding='ascii') as out:
        out.write('/* SPDX-License-Identifier: BSD-2-Clause */\n/* Generated from compat/linux/syscalls.tbl. */\n'
                  '#include "compat/linux/shim/lx.h"\n#include <generated/lx_syscalls.h>\n\nenum { AT_FDCWD = -100 };\n\n')
        for name, record in here.items():
            out.write(wrapper(name, record, records) + '\n')
        out.write('const struct lx_syscall lx_syscalls[LX_NR_MAX + 1] = {\n')
        for name, number in sorted(numbers.items(), key=lambda x: x[1]):
            record = here.get(name)
            entry = f'w_{name}, "{name}", {len(record["args"])}' if record else f'NULL, "{name}", 0'
            out.write(f'\t[{number}] = {{ {entry} }},\n')
        out.write('};\n')
    if len(sys.argv) == 7:
        with open(sys.argv[6], 'w', encoding='ascii') as out:
            out.write('.. SPDX-License-Identifier: BSD-2-Clause\n\n.. list-table:: System calls\n   :header-rows: 1\n\n'
                      '   * - call\n     - state\n     - note\n')
            for name in sorted(numbers):
                record = records.get(name)
                state = 'not there (ENOSYS)' if not record else 'refused: ' + record['how'][1] \
                    if record['how'][0] == 'refuse' else 'there'
                out.write(f'   * - {name}\n     - {state}\n     - {"; ".join(record["notes"]) if record else ""}\n')


if __name__ == '__main__':
    main()

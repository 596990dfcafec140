// Runs the firmware on an emulated RP2040, in which SysTick counts cycles:
//     node run.mjs firmware.elf <arguments of the firmware>...
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { ConsoleLogger, LogLevel, RP2040 } from 'rp2040js';

const FLASH = 0x10000000;
const SYSTICK_CURRENT = 0x018; // offset from 0xe000e000
const SEMIHOSTING = 0xab;
const APPLICATION_EXIT = 0x20026;
const WRITING = 4; // modes from 4 on; the only file written is the console

const [elf, ...words] = process.argv.slice(2);
const chip = new RP2040();
chip.logger = new ConsoleLogger(LogLevel.Error);
const { core } = chip;
let running = true;

function load(image) {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const [headers, size, count] = [view.getUint32(28, true), view.getUint16(42, true), view.getUint16(44, true)];
  for (let header = headers; header < headers + size * count; header += size) {
    const [type, offset, , physical, length] = [0, 4, 8, 12, 16].map((at) => view.getUint32(header + at, true));
    if (type === 1) chip.flash.set(image.subarray(offset, offset + length), physical - FLASH);
  }
}

const text = (address, length) => Buffer.from(bytes(address, length)).toString();

function bytes(address, length) {
  return Uint8Array.from({ length }, (_, index) => chip.readUint8(address + index));
}

function write(address, data) {
  data.forEach((byte, index) => chip.writeUint8(address + index, byte));
}

// Each operation gets the words of its argument block; see firmware/semihosting.c.
const operations = {
  0x01: (path, mode, length) => {
    if (mode >= WRITING) return 1;
    try {
      return openSync(text(path, length), 'r');
    } catch {
      return -1;
    }
  },
  0x02: (file) => (closeSync(file), 0),
  0x05: (file, address, length) => (writeSync(file, bytes(address, length)), 0),
  0x06: (file, address, length) => {
    const data = Buffer.alloc(length);
    const n = readSync(file, data, 0, length, null);
    write(address, data.subarray(0, n));
    return length - n;
  },
  0x15: (address, size) => {
    const line = Buffer.from(`${words.join(' ')}\0`);
    if (line.length > size) return -1;
    write(address, line);
    return 0;
  },
  0x20: (reason, status) => {
    running = false;
    process.exitCode = reason === APPLICATION_EXIT ? status : 1;
    return 0;
  },
};

chip.onBreak = (code) => {
  const [operation, block] = core.registers;
  if (code !== SEMIHOSTING || !operations[operation]) {
    throw new Error(`breakpoint ${code} with operation ${operation} at 0x${core.PC.toString(16)}`);
  }
  const given = [0, 4, 8].map((offset) => chip.readUint32(block + offset));
  core.registers[0] = operations[operation](...given);
};

const readUint32 = chip.ppb.readUint32.bind(chip.ppb);
chip.ppb.readUint32 = (offset) =>
  offset === SYSTICK_CURRENT ? 0xffffff - (core.cycles & 0xffffff) : readUint32(offset);

load(readFileSync(elf));
core.SP = chip.readUint32(FLASH);
core.PC = chip.readUint32(FLASH + 4) & ~1;
while (running) core.executeInstruction();

// Records the microphone without loss and without the browser's treatment of speech, as 24-bit wav.

const BLOCK = 2 ** 23; // full scale of 24 bits

export class Recorder {
  // onLevel hears the peak (0 to 1) of each block; onFull is called when maxSeconds are full
  constructor({ onLevel, onFull, maxSeconds = 600 }) {
    Object.assign(this, { onLevel, onFull, maxSeconds, length: 0 });
  }

  async start() {
    if (!navigator.mediaDevices) {
      throw new Error("The browser gives the microphone only to https pages and to 127.0.0.1: choose a file instead.");
    }
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule("/studio/static/microphone.js");
    this.blocks = [];
    this.length = 0;
    const node = new AudioWorkletNode(this.context, "samuel-microphone", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => this.take(data);
    this.context.createMediaStreamSource(this.stream).connect(node);
  }

  get seconds() {
    return this.context ? this.length / this.context.sampleRate : 0; // none before it starts
  }

  take(block) {
    this.blocks.push(block);
    this.length += block.length;
    this.onLevel(block.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0), this.seconds);
    if (this.seconds >= this.maxSeconds) this.onFull();
  }

  // The recording as a Blob.
  async stop() {
    const rate = this.context.sampleRate;
    for (const track of this.stream.getTracks()) track.stop();
    await this.context.close();
    return asWav(this.blocks, this.length, rate);
  }
}

export function asWav(blocks, length, rate) {
  const view = new DataView(new ArrayBuffer(44 + 3 * length));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 3 * length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, rate, true);
  view.setUint32(28, 3 * rate, true);
  view.setUint16(32, 3, true);
  view.setUint16(34, 24, true);
  text(36, "data");
  view.setUint32(40, 3 * length, true);
  let at = 44;
  for (const block of blocks) {
    for (const sample of block) {
      const value = Math.max(-BLOCK, Math.min(BLOCK - 1, Math.round(sample * BLOCK)));
      view.setUint16(at, value & 0xffff, true);
      view.setInt8(at + 2, value >> 16);
      at += 3;
    }
  }
  return new Blob([view], { type: "audio/wav" });
}

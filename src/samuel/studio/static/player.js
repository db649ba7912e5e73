// Vocal and band through two faders on one clock; another take comes in at the very sample where the last one goes out.

const AHEAD = 0.03; // s: time to start both sources at the same sample
const FADE = 0.02; // s: so that no switch clicks

const gainOf = (decibels) => (decibels <= -40 ? 0 : 10 ** (decibels / 20));

export class Player {
  constructor(onEnd) {
    this.onEnd = onEnd;
    this.vocal = this.band = null; // AudioBuffers
    this.level = 1; // of the vocal, to be as loud as the band
    this.place = 0; // s: where it stands while it is silent
    this.playing = false;
    this.decibels = { vocal: 0, band: 0 };
    this.sources = {};
  }

  // Browsers allow sound only once someone has touched the page, so the context is made late.
  open() {
    if (!this.context) {
      this.context = new AudioContext({ sampleRate: 44100 });
      this.out = this.context.createDynamicsCompressor(); // both faders up must not clip
      Object.assign(this.out.threshold, { value: -3 });
      Object.assign(this.out.ratio, { value: 20 });
      Object.assign(this.out.knee, { value: 3 });
      this.out.connect(this.context.destination);
      this.gains = { vocal: this.context.createGain(), band: this.context.createGain() };
      for (const gain of Object.values(this.gains)) gain.connect(this.out);
      this.setGains(0);
    }
    return this.context;
  }

  async decode(data) {
    return this.open().decodeAudioData(data);
  }

  get length() {
    return Math.max(this.vocal?.duration ?? 0, this.band?.duration ?? 0);
  }

  get position() {
    if (!this.playing) return this.place;
    return Math.min(this.length, Math.max(0, this.context.currentTime - this.origin));
  }

  // The place whose sound reaches the ear now.
  get audible() {
    return this.playing ? Math.max(0, this.position - (this.context.outputLatency || 0)) : this.place;
  }

  setFader(part, decibels) {
    this.decibels[part] = decibels;
    this.setGains(FADE);
  }

  setGains(time) {
    if (!this.context) return;
    const values = { vocal: gainOf(this.decibels.vocal) * this.level, band: gainOf(this.decibels.band) };
    for (const [part, value] of Object.entries(values)) {
      this.gains[part].gain.setTargetAtTime(value, this.context.currentTime, Math.max(time, 0.001) / 3);
    }
  }

  setVocal(buffer) {
    this.pause();
    this.vocal = buffer;
    this.place = Math.min(this.place, this.length);
  }

  // Change the band, without losing the place or the beat.
  setBand(buffer, level = 1) {
    this.band = buffer;
    this.level = level;
    this.setGains(FADE);
    if (!this.playing) return;
    const at = this.context.currentTime + AHEAD;
    this.silence("band", at);
    this.sound("band", at);
  }

  async play() {
    if (this.playing || !this.length) return;
    const asked = (this.asked = {});
    await this.open().resume();
    if (this.asked !== asked) return; // paused, or asked again, in the meantime
    if (this.place >= this.length - 0.05) this.place = 0;
    const at = this.context.currentTime + AHEAD;
    this.origin = at - this.place; // the context's time at second 0 of the song
    this.playing = true;
    for (const part of ["vocal", "band"]) this.sound(part, at);
    this.watch = setInterval(() => this.position >= this.length && this.stop(), 50);
  }

  pause() {
    this.asked = null;
    if (!this.playing) return;
    this.place = this.position;
    this.playing = false;
    clearInterval(this.watch);
    for (const part of ["vocal", "band"]) this.silence(part, this.context.currentTime);
  }

  stop() {
    this.pause();
    this.place = 0;
    this.onEnd();
  }

  seek(seconds) {
    const was = this.playing;
    this.pause();
    this.place = Math.max(0, Math.min(this.length, seconds));
    if (was) this.play();
  }

  // Start a part at time `at` of the context, where the song is then.
  sound(part, at) {
    const buffer = this[part];
    const offset = at - this.origin;
    if (!buffer || offset >= buffer.duration) return;
    const source = this.context.createBufferSource();
    const fade = this.context.createGain();
    source.buffer = buffer;
    source.connect(fade).connect(this.gains[part]);
    fade.gain.setValueAtTime(0, at);
    fade.gain.linearRampToValueAtTime(1, at + FADE);
    source.start(at, Math.max(0, offset));
    this.sources[part] = { source, fade };
  }

  silence(part, at) {
    const { source, fade } = this.sources[part] ?? {};
    if (!source) return;
    fade.gain.cancelScheduledValues(at);
    fade.gain.setValueAtTime(1, at);
    fade.gain.linearRampToValueAtTime(0, at + FADE);
    source.stop(at + FADE);
    delete this.sources[part];
  }
}

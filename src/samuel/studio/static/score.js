// The picture of a song: chords, pitch line over the beats, vocal and band; and on it the section and the playhead.

const HEIGHTS = { chords: 24, pitch: 110, vocal: 62, band: 62 }; // CSS pixels, from top to bottom
const GAP = 6;
const MARGIN = 6; // px left and right
const NOTES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

export class Score {
  // onSeek(seconds), onSelect([from, to] or null)
  constructor(element, { onSeek, onSelect }) {
    Object.assign(this, { element, onSeek, onSelect });
    this.picture = element.querySelector("#picture");
    this.overlay = element.querySelector("#overlay");
    this.seconds = 0;
    this.vocal = this.band = this.analysis = this.selection = null;
    this.beats = null; // {beats, downbeats} where they are not as the analysis has them
    this.told = [0, -1]; // tempo and downbeat, where the singer tells them
    this.place = 0;
    new ResizeObserver(() => this.draw()).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.listen();
  }

  set(values) {
    Object.assign(this, values);
    this.draw();
  }

  x(seconds) {
    return MARGIN + (seconds / (this.seconds || 1)) * (this.width - 2 * MARGIN);
  }

  time(event) {
    const x = event.clientX - this.element.getBoundingClientRect().left;
    return Math.max(0, Math.min(1, (x - MARGIN) / (this.width - 2 * MARGIN))) * this.seconds;
  }

  listen() {
    let start = null;
    let dragging = false;
    this.element.addEventListener("pointerdown", (event) => {
      if (!this.seconds || event.button) return;
      start = event;
      dragging = false;
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (!start || (!dragging && Math.abs(event.clientX - start.clientX) < 5)) return;
      dragging = true;
      this.onSelect([this.time(start), this.time(event)].sort((a, b) => a - b));
    });
    const end = (event) => {
      if (start && !dragging && event.type === "pointerup") this.onSeek(this.time(event));
      start = null;
    };
    for (const kind of ["pointerup", "pointercancel"]) this.element.addEventListener(kind, end);
  }

  colours() {
    const style = getComputedStyle(this.element);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    return Object.fromEntries(["ink", "faint", "voice", "band", "pitch", "mark"].map((name) => [name, colour(name)]));
  }

  clear(canvas) {
    const scale = devicePixelRatio || 1;
    canvas.width = this.width * scale;
    canvas.height = this.height * scale;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    return context;
  }

  draw() {
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    this.c = this.colours();
    const context = this.clear(this.picture);
    if (this.seconds) {
      let top = GAP;
      for (const [part, height] of Object.entries(HEIGHTS)) {
        this[`draw_${part}`](context, top, height);
        top += height + GAP;
      }
    }
    this.drawOverlay();
  }

  drawOverlay() {
    const context = this.clear(this.overlay);
    if (!this.seconds) return;
    if (this.selection) {
      const [from, to] = this.selection.map((seconds) => this.x(seconds));
      context.fillStyle = this.c.mark;
      context.globalAlpha = 0.22;
      context.fillRect(from, 0, to - from, this.height);
      context.globalAlpha = 1;
      for (const edge of [from, to]) context.fillRect(edge - 1, 0, 2, this.height);
    }
    context.fillStyle = this.c.ink;
    context.fillRect(this.x(this.place) - 0.75, 0, 1.5, this.height);
  }

  draw_chords(context, top, height) {
    context.font = "600 12px system-ui, sans-serif";
    context.textBaseline = "middle";
    let last = -Infinity;
    for (const { start, stop, name } of this.analysis?.chords ?? []) {
      const left = this.x(start);
      context.fillStyle = this.c.faint;
      context.fillRect(left + 1, top, Math.max(1, this.x(stop) - left - 2), height);
      const shown = name.replace("#", "♯").replace(/^([A-G])b/, "$1♭").replace(/\/([A-G])b/, "/$1♭");
      const wide = context.measureText(shown).width + 4;
      if (this.x(stop) - left < wide || left < last) continue;
      context.fillStyle = this.c.ink;
      context.fillText(shown, left + 4, top + height / 2 + 1);
      last = left + wide;
    }
  }

  draw_pitch(context, top, height) {
    const { pitch = [], rate = 1 } = this.analysis ?? {};
    this.drawBeats(context, top, height);
    const sung = pitch.filter((midi) => midi !== null).sort((a, b) => a - b);
    if (!sung.length) return;
    const low = Math.floor(sung[Math.floor(sung.length * 0.01)]) - 2;
    const high = Math.ceil(sung[Math.floor(sung.length * 0.99)]) + 2;
    const y = (midi) => top + height * (1 - (midi - low) / (high - low));
    this.drawNotes(context, y, low, high);
    context.strokeStyle = this.c.pitch;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.beginPath();
    pitch.forEach((midi, i) => {
      if (midi === null) return;
      const joined = i && pitch[i - 1] !== null && Math.abs(pitch[i - 1] - midi) < 7;
      context[joined ? "lineTo" : "moveTo"](this.x((i + 0.5) / rate), y(Math.max(low, Math.min(high, midi))));
      if (!joined) context.lineTo(this.x((i + 0.9) / rate), y(Math.max(low, Math.min(high, midi))));
    });
    context.stroke();
  }

  // Those that the band keeps, and where a bar was told.
  drawBeats(context, top, height) {
    const [, downbeat] = this.told;
    const { beats = [], downbeats = [] } = this.beats ?? this.analysis ?? {};
    const near = this.x(1) - this.x(0) < 12; // so many beats that only bars can be told apart
    for (const beat of near ? downbeats : beats) {
      const strong = downbeats.includes(beat);
      context.fillStyle = this.c.faint;
      context.fillRect(this.x(beat) - (strong ? 1 : 0.5), top, strong ? 2 : 1, height);
    }
    if (downbeat < 0) return;
    context.fillStyle = this.c.mark;
    context.fillRect(this.x(downbeat) - 1, top, 2, height);
  }

  drawNotes(context, y, low, high) {
    context.font = "10px system-ui, sans-serif";
    context.fillStyle = this.c.ink;
    context.globalAlpha = 0.55;
    for (let midi = low + 1; midi < high; midi++) {
      if (midi % 12 === 0 || midi % 12 === 7) {
        context.fillText(NOTES[midi % 12] + (Math.floor(midi / 12) - 1), 2, y(midi));
        context.fillRect(22, y(midi), this.width, 0.25);
      }
    }
    context.globalAlpha = 1;
  }

  draw_vocal(context, top, height) {
    this.drawWave(context, this.vocal, this.c.voice, top, height);
  }

  draw_band(context, top, height) {
    this.drawWave(context, this.band, this.c.band, top, height);
  }

  drawWave(context, buffer, colour, top, height) {
    const middle = top + height / 2;
    context.fillStyle = this.c.faint;
    context.fillRect(MARGIN, middle - 0.5, this.width - 2 * MARGIN, 1);
    if (!buffer) return;
    const peaks = peaksOf(buffer);
    const loudest = Math.max(0.05, ...peaks);
    context.fillStyle = colour;
    const step = buffer.duration / peaks.length;
    const wide = this.x(step) - this.x(0);
    peaks.forEach((peak, i) => {
      const half = Math.max(0.5, ((peak / loudest) * height) / 2);
      context.fillRect(this.x(i * step), middle - half, Math.max(wide, 0.6), 2 * half);
    });
  }
}

const cache = new WeakMap();

// The peak of each of 1,200 parts of a buffer's first channel.
function peaksOf(buffer, parts = 1200) {
  if (cache.has(buffer)) return cache.get(buffer);
  const samples = buffer.getChannelData(0);
  const size = samples.length / parts;
  const peaks = Array.from({ length: parts }, (_, part) => {
    let peak = 0;
    for (let i = Math.floor(part * size); i < (part + 1) * size && i < samples.length; i += 4) {
      peak = Math.max(peak, Math.abs(samples[i]));
    }
    return peak;
  });
  cache.set(buffer, peaks);
  return peaks;
}

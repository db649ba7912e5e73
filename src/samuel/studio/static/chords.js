// The chord sheet: what was heard in the recording, as text that the visitor may correct for the band.

// Seconds, or minutes and less than 60 s, as the server reads them.
const TIME = /^(?:(\d{1,4}):(?=[0-5]?\d(?:\D|$)))?(\d{1,6}(?:[.,]\d*)?|[.,]\d+)$/;

// "62.5" or "1:02,5" -> 62.5 s; null for what is no time.
export function readTime(text) {
  const [, minutes, seconds] = TIME.exec(text.trim()) ?? [];
  return seconds === undefined ? null : 60 * Number(minutes ?? 0) + Number(seconds.replace(",", "."));
}

// "0.000 2.310 Am", a chord a line: what of it can be read already. The server is strict about the rest.
const parse = (text) =>
  text.split("\n").map((line) => line.replace(/(^|\s)#.*/, "").trim().split(/\s+/)).filter((words) => words.length === 3)
    .map(([start, stop, name]) => ({ start: readTime(start), stop: readTime(stop), name }))
    .filter(({ start, stop }) => start !== null && start < stop);

const write = (chords) => chords.map(({ start, stop, name }) => `${start.toFixed(3)} ${stop.toFixed(3)} ${name}`).join("\n");

export class ChordSheet {
  // onChange(chords): what to draw
  constructor(element, onChange) {
    Object.assign(this, { element, onChange, heard: "", typed: false, written: new Map() }); // recording -> what was typed
    this.area = element.querySelector("textarea");
    this.back = element.querySelector("button");
    this.area.addEventListener("input", () => this.set(this.area.value, true));
    this.back.addEventListener("click", () => this.set(this.heard));
    this.hide();
  }

  hide() {
    this.recording = null;
    this.element.hidden = true;
    this.heard = this.area.value = "";
  }

  // A recording's chords as heard, or as the visitor left them.
  show({ id, seconds }, chords) {
    Object.assign(this, { recording: id, length: seconds });
    this.heard = write(chords);
    this.element.hidden = false;
    this.set(this.written.get(id) ?? this.heard, this.written.has(id));
  }

  // The chords of a take that was told any, without its outro's; unless the visitor is writing some.
  follow(take) {
    if (this.recording !== take.recording || this.typed) return;
    const played = parse(take.chords).filter(({ start }) => start < this.length);
    this.set(take.told ? write(played) : this.heard);
  }

  set(text, typed = false) {
    if (this.area.value !== text) this.area.value = text; // else the cursor would leave its place
    this.typed = typed && Boolean(this.recording) && text !== this.heard;
    if (this.typed) this.written.set(this.recording, text);
    else this.written.delete(this.recording);
    this.back.disabled = !this.told;
    this.onChange(parse(this.area.value));
  }

  // The sheet, if it is not as heard; else "".
  get told() {
    return this.area.value === this.heard ? "" : this.area.value.trim();
  }
}

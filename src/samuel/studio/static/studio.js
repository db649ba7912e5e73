// The page: what the visitor does, what the server says, and the one on the other.

import { Beat } from "./beat.js";
import { ChordSheet } from "./chords.js";
import { Player } from "./player.js";
import { Recorder } from "./recorder.js";
import { Score } from "./score.js";
import { showJobs, showTakes } from "./lists.js";
import { call, fetchJson, fetchSound, token, upload } from "./server.js";

const BUSY = 400; // ms between two looks at the server while something is being made
const IDLE = 15000; // ms otherwise, so that it knows that someone is there
const NEXT_SEED = -1; // the studio's own choice
const KEPT = 4; // bands held in memory as samples

const $ = (id) => document.getElementById(id);

class Studio {
  constructor() {
    this.recording = null; // {id, seconds, before, start}: trimmed from the recording before, at start (s)
    this.state = { jobs: [], recordings: [], takes: [], styles: [], limits: {} };
    this.current = null; // id of the take that is heard
    this.bands = new Map(); // take -> AudioBuffer
    this.seen = new Set(); // takes that were there before
    this.player = new Player(() => this.showPlaying());
    this.score = new Score($("score"), {
      onSeek: (seconds) => this.seek(seconds),
      onSelect: (section) => this.select(section),
    });
    this.chords = new ChordSheet($("chords"), (chords) => {
      if (this.score.analysis) this.score.set({ analysis: { ...this.score.analysis, chords } });
    });
    this.beat = new Beat($("beat"), (told) => this.score.set({ told }));
    this.listen();
    this.restoreFaders();
  }

  get visitor() {
    return token();
  }

  get recordingId() {
    return this.recording?.id ?? "";
  }

  get chordSheet() {
    return this.chords.told;
  }

  get toldBeat() {
    if (this.beat.wrong) this.say(this.beat.wrong);
    if (this.beat.wrong) throw new Error(this.beat.wrong); // so that the form is not sent
    return this.beat.told;
  }

  get take() {
    return this.state.takes.find((take) => take.id === this.current);
  }

  listen() {
    const click = (id, act) => $(id).addEventListener("click", () => this.attempt(act));
    click("record", () => this.record());
    click("example", async () => this.use(await call("example")));
    click("play", () => this.toggle());
    this.listenToTaps();
    click("trim", () => this.trim());
    click("untrim", () => this.untrim());
    click("regenerate", () => this.regenerate());
    click("extend", () => this.make("extend", this.current, Number($("outro").value), NEXT_SEED));
    $("file").addEventListener("change", ({ target }) => {
      const [file] = target.files;
      target.value = "";
      if (file) this.attempt(() => this.send(file));
    });
    for (const part of ["vocal", "band"]) {
      $(`${part}-fader`).addEventListener("input", ({ target }) => this.fade(part, Number(target.value)));
    }
    for (const id of ["from", "to"]) $(id).addEventListener("change", () => this.readSection());
    $("score").addEventListener("keydown", (event) => this.key(event));
    this.listenToDrops();
    addEventListener("pagehide", () => navigator.sendBeacon("/studio/leave", token()));
  }

  // As the finger comes down, not as it leaves; and by T, wherever nobody writes.
  listenToTaps() {
    $("tap").addEventListener("pointerdown", ({ button }) => button || this.tap());
    $("tap").addEventListener("click", ({ detail }) => detail || this.tap()); // by key or by other means
    addEventListener("keydown", ({ key, repeat, target, ctrlKey, altKey, metaKey }) => {
      if (key.toLowerCase() !== "t" || repeat || ctrlKey || altKey || metaKey || $("beat").hidden) return;
      if (!target.closest("input:not([type=range]), textarea, select")) this.tap();
    });
  }

  listenToDrops() {
    addEventListener("dragover", (event) => {
      event.preventDefault();
      $("studio").classList.add("dropping");
    });
    addEventListener("dragleave", () => $("studio").classList.remove("dropping"));
    addEventListener("drop", (event) => {
      event.preventDefault();
      $("studio").classList.remove("dropping");
      const [file] = event.dataTransfer.files;
      if (file) this.attempt(() => this.send(file));
    });
  }

  // Do something, and show what goes wrong.
  async attempt(act) {
    this.say("");
    try {
      await act();
    } catch (error) {
      this.say(error.message);
    }
  }

  say(text) {
    $("message").textContent = text;
    $("message").hidden = !text;
    if (text) $("message").scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1 };
    const place = this.player.position;
    const [from, to] = this.score.selection ?? [0, this.score.seconds];
    if (event.key === " ") this.attempt(() => this.toggle());
    else if (event.key in moves) this.seek(place + moves[event.key] * (event.shiftKey ? 0.1 : 1));
    else if (event.key === "[") this.select([place, Math.max(to, place)]);
    else if (event.key === "]") this.select([Math.min(from, place), place]);
    else if (event.key === "Escape") this.select(null);
    else if (/^[1-9]$/.test(event.key)) this.attempt(() => this.choose(this.shownTakes[event.key - 1]?.id));
    else return;
    event.preventDefault();
  }

  // A beat, at the place that is heard just now; taps begin the music where it stands still.
  tap() {
    if (this.player.playing) this.beat.tap(this.player.audible);
    else this.attempt(() => this.toggle());
  }

  async record() {
    if (this.recorder) {
      const recorder = this.recorder;
      this.recorder = null;
      this.showRecording(false);
      await this.send(await recorder.stop());
      return;
    }
    this.player.pause();
    const recorder = new Recorder({
      onLevel: (peak, seconds) => {
        $("level").value = peak;
        $("record-text").textContent = `Stop (${seconds.toFixed(0)} s)`;
      },
      onFull: () => this.recorder && this.attempt(() => this.record()),
      maxSeconds: this.state.limits.seconds,
    });
    await recorder.start();
    this.recorder = recorder;
    this.showRecording(true);
  }

  showRecording(on) {
    $("record").setAttribute("aria-pressed", on);
    $("record-text").textContent = on ? "Stop" : "Record";
    $("level").hidden = !on;
    $("hint").hidden = on;
  }

  async send(sound) {
    const { megabytes } = this.state.limits;
    if (sound.size > 1e6 * megabytes) {
      throw new Error(`The file has ${Math.round(sound.size / 1e6)} MB: give at most ${megabytes} MB, as flac or mp3.`);
    }
    $("empty").textContent = "Sending …";
    try {
      await this.use(await upload(sound));
    } finally {
      $("empty").textContent = "Your voice will appear here.";
    }
  }

  // Work on this recording from now on; before: the one that it was trimmed from. later: how much later it begins than
  // the last one, of whose song it is; null if of none.
  async use(recording, before = recording.before, later = null) {
    this.recording = { ...recording, before };
    this.current = null;
    this.select(null);
    this.player.setBand(null);
    this.player.setVocal(await this.player.decode(await fetchSound(`recordings/${recording.id}/vocal.flac`)));
    this.player.place = 0;
    this.score.set({ vocal: this.player.vocal, band: null, analysis: null, seconds: this.player.length, place: 0 });
    $("empty").hidden = true;
    this.chords.hide();
    if (later === null) this.beat.set("", "");
    else this.beat.move(later, recording.seconds);
    $("beat").hidden = false;
    this.showPlaying();
    $("untrim").hidden = !before;
    await this.refresh();
    await this.showAnalysis(recording.id);
  }

  async showAnalysis(id) {
    while (this.recordingId === id) {
      const analysis = await fetchJson(`recordings/${id}/analysis`);
      if (this.recordingId !== id) return; // another one was chosen in the meantime
      if (analysis.error) return this.say(analysis.error);
      if (analysis.pitch) {
        this.score.set({ analysis });
        this.chords.show(this.recording, analysis.chords);
        if (this.take) this.chords.follow(this.take);
        return;
      }
      await new Promise((done) => setTimeout(done, BUSY));
    }
  }

  async trim() {
    const before = this.recording;
    const [start, stop] = this.section;
    const cut = await call("trim", before.id, start, stop);
    await this.use({ ...cut, start }, before, -start);
  }

  untrim() {
    const { before, start } = this.recording;
    return this.use(before, before.before, start);
  }

  async regenerate() {
    await this.make("regenerate", this.current, ...this.section, NEXT_SEED, $("section-style").value, this.chordSheet || "heard"); // the box says what is played
    $("section-style").selectedIndex = 0; // the next section is not to have it unasked
  }

  async make(name, ...values) {
    await call(name, ...values);
    await this.refresh();
  }

  // After the form was sent.
  follow(refusal) {
    this.say(refusal);
    return this.refresh();
  }

  // Look at the server, now and again.
  async refresh() {
    clearTimeout(this.timer);
    let busy = false;
    try {
      this.state = await call("state");
      busy = this.state.jobs.some(({ state }) => state === "waiting" || state === "running");
      await this.show();
    } catch (error) {
      this.say(error.message);
    }
    this.timer = setTimeout(() => this.refresh(), busy ? BUSY : IDLE);
  }

  get shownTakes() {
    return this.state.takes.filter((take) => take.recording === this.recordingId);
  }

  async show() {
    const takes = this.shownTakes;
    const fresh = takes.filter((take) => !this.seen.has(take.id));
    showJobs($("jobs"), this.state.jobs, (job) => this.attempt(() => this.make("cancel", job)));
    showTakes($("takes"), takes, this.current, {
      choose: (take) => this.attempt(() => this.choose(take)),
      remove: (take) => this.attempt(() => this.remove(take)),
      gain: () => this.player.decibels.vocal - this.player.decibels.band,
      failed: (error) => this.say(error.message),
    });
    $("takes-title").hidden = !takes.length;
    this.offerStyles();
    for (const take of fresh) this.seen.add(take.id);
    // the first take and a mended one are heard at once
    const wanted = fresh.find((take) => !this.current || take.edits.length);
    if (wanted) await this.choose(wanted.id);
    this.enable();
  }

  // The model's styles, for a section; once.
  offerStyles() {
    const select = $("section-style");
    if (select.options.length > 1 || this.state.styles.length < 2) return;
    for (const style of this.state.styles) select.add(new Option(style === "any" ? "in any style" : `as ${style}`, style));
    select.hidden = false;
  }

  async choose(id) {
    const take = this.state.takes.find((each) => each.id === id);
    if (!take) return;
    this.current = id;
    if (!this.bands.has(id)) {
      this.bands.set(id, await this.player.decode(await fetchSound(`takes/${id}/band.flac`)));
      const [oldest] = this.bands.keys();
      if (this.bands.size > KEPT) this.bands.delete(oldest);
    }
    if (this.current !== id) return; // another one was chosen in the meantime
    this.player.setBand(this.bands.get(id), take.vocal_level);
    this.chords.follow(take);
    this.beat.follow(take);
    this.score.set({ band: this.bands.get(id), seconds: this.player.length });
    this.showPlaying();
    await this.show();
  }

  async remove(id) {
    await call("delete_take", id);
    this.bands.delete(id);
    if (this.current === id) {
      this.current = null;
      this.player.setBand(null);
      this.score.set({ band: null });
    }
    await this.refresh();
  }

  get section() {
    return this.score.selection.map((seconds) => Math.round(seconds * 1000) / 1000);
  }

  select(section) {
    this.score.selection = section && section[1] > section[0] ? section : null;
    this.score.drawOverlay();
    $("from").value = this.score.selection ? section[0].toFixed(2) : "";
    $("to").value = this.score.selection ? section[1].toFixed(2) : "";
    this.enable();
  }

  readSection() {
    const [from, to] = ["from", "to"].map((id) => $(id).valueAsNumber);
    if (from < to) this.select([Math.max(0, from), Math.min(to, this.score.seconds)]);
  }

  enable() {
    $("play").disabled = !this.recording;
    $("trim").disabled = !this.recording || !this.score.selection;
    $("regenerate").disabled = !this.take || !this.score.selection;
    $("extend").disabled = !this.take;
    $("section").classList.toggle("idle", !this.take && !this.score.selection);
  }

  // The faders stand where they stood before the page was loaded again.
  restoreFaders() {
    for (const part of ["vocal", "band"]) {
      const kept = Number(sessionStorage.getItem(`samuel-${part}`) ?? 0);
      $(`${part}-fader`).value = kept;
      this.fade(part, kept);
    }
  }

  fade(part, decibels) {
    sessionStorage.setItem(`samuel-${part}`, decibels);
    this.player.setFader(part, decibels);
    $(`${part}-db`).textContent = decibels <= -40 ? "off" : `${decibels > 0 ? "+" : ""}${decibels} dB`;
  }

  seek(seconds) {
    this.player.seek(seconds);
    this.showPlaying();
  }

  async toggle() {
    if (this.player.playing) this.player.pause();
    else await this.player.play();
    this.showPlaying();
  }

  showPlaying() {
    const place = this.player.position;
    $("play").textContent = this.player.playing ? "❚❚ Pause" : "▶ Play";
    $("clock").textContent = `${clock(place)} / ${clock(this.player.length)}`;
    this.score.place = place;
    this.score.drawOverlay();
    if (this.player.playing) requestAnimationFrame(() => this.showPlaying());
  }
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

// Gradio puts the page together in its own time.
async function begin() {
  while (!$("studio") || !$("results") || !$("make")) await new Promise((done) => setTimeout(done, 50));
  await token.ready();
  window.samuel = new Studio();
  $("studio").dataset.ready = "yes";
  await window.samuel.resume();
}

Studio.prototype.resume = async function resume() {
  await this.refresh();
  const last = this.state.recordings.at(-1); // the page was loaded again
  if (last) await this.attempt(() => this.use(last));
};

begin();

// The page: what the visitor does, what the server says, and the one on the other.

import { Beat } from "./beat.js";
import { ChordSheet } from "./chords.js";
import { listenToFaders } from "./faders.js";
import { listenTo } from "./gestures.js";
import { BeatLines } from "./lines.js";
import { Player } from "./player.js";
import { Recorder } from "./recorder.js";
import { Score } from "./score.js";
import { clock, nameOf, showJobs, showRecordings, showTakes } from "./lists.js";
import { call, fetchJson, fetchSound, token, upload } from "./server.js";

const BUSY = 400; // ms between two looks at the server while something is being made
const IDLE = 15000; // ms otherwise, so that it knows that someone is there
const NEXT_SEED = -1; // the studio's own choice
const KEPT = 4; // bands held in memory as samples

const $ = (id) => document.getElementById(id);

class Studio {
  constructor() {
    // as the server has it, and if it was trimmed: from the recording before, at start (s), and how that moved the beat
    this.recording = null;
    this.state = { jobs: [], recordings: [], takes: [], styles: [], limits: {} };
    this.current = null; // id of the take that is heard
    this.loading = null; // {id} of the recording that is being fetched
    this.left = new Map(); // recording -> what was being told of its beat
    this.bands = new Map(); // take -> AudioBuffer
    this.seen = new Set(); // takes that were there before
    this.player = new Player(() => this.showPlaying());
    this.score = new Score($("score"), {
      onSeek: (seconds) => this.seek(seconds),
      onSelect: (section) => this.select(section),
    });
    this.lines = new BeatLines(this.score, this);
    this.chords = new ChordSheet($("chords"), (chords) => {
      if (this.score.analysis) this.score.set({ analysis: { ...this.score.analysis, chords } });
      this.lines.show();
    });
    this.beat = new Beat($("beat"), (told) => {
      this.score.set({ told });
      if (this.refused && $("message").textContent === this.refused) this.say("");
      this.lines.show();
    });
    this.listen();
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

  // The beat for the form, which is not sent if this throws.
  tellBeat() {
    this.refused = this.beat.wrong;
    this.sent = this.beat.written;
    if (!this.refused) return this.beat.told;
    this.say(this.refused);
    throw new Error(this.refused);
  }

  get take() {
    return this.state.takes.find((take) => take.id === this.current);
  }

  listen() {
    const click = (id, act) => $(id).addEventListener("click", onceAtATime(() => this.attempt(act)));
    click("record", () => this.record());
    click("example", async () => this.use(await call("example")));
    click("play", () => this.toggle());
    click("trim", () => this.trim());
    click("untrim", () => this.untrim());
    click("remove", () => this.removeRecording());
    $("recordings").addEventListener("change", ({ target }) => this.attempt(() => this.use(this.kept(target.value))));
    click("regenerate", () => this.regenerate());
    click("extend", () => this.extend());
    $("file").addEventListener("change", ({ target }) => {
      const [file] = target.files;
      target.value = "";
      if (file) this.attempt(() => this.send(file));
    });
    for (const id of ["from", "to"]) $(id).addEventListener("change", () => this.readSection());
    listenTo(this);
    listenToFaders(this.player);
    addEventListener("pagehide", () => navigator.sendBeacon("/studio/leave", token()));
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

  // A beat, at the place that is heard just now; taps begin the music where it stands still.
  tap() {
    if (this.recorder) return;
    if (this.player.playing) this.beat.tap(this.player.audible);
    else this.attempt(() => this.toggle());
  }

  async record() {
    if (this.recorder) {
      const recorder = this.recorder;
      this.recorder = null;
      this.showRecording(false);
      const sound = await recorder.stop();
      this.attempt(() => this.send(sound)); // meanwhile the next one can be recorded
      return;
    }
    this.player.pause();
    const recorder = new Recorder({
      onLevel: (peak, seconds) => {
        if (this.recorder !== recorder) return; // it was stopped
        $("level").value = peak;
        $("record-text").textContent = `Stop (${seconds.toFixed(0)} s)`;
      },
      onFull: () => this.recorder === recorder && this.attempt(() => this.record()),
      maxSeconds: this.state.limits.seconds,
    });
    this.recorder = recorder;
    this.enable();
    try {
      await recorder.start(); // the browser may ask first
    } catch (error) {
      this.recorder = null;
      this.enable();
      throw error;
    }
    this.showRecording(true);
  }

  showRecording(on) {
    $("record").setAttribute("aria-pressed", on);
    $("record-text").textContent = on ? "Stop" : "Record";
    $("level").hidden = !on;
    $("hint").hidden = on;
    this.enable();
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
  // the last one, of whose song it is; null if of none. undone: how a trim that is undone moved the beat.
  async use(recording, before = recording.before, later = null, undone = null) {
    const vocal = await this.fetchVocal(recording.id);
    if (!vocal) return; // another one was chosen in the meantime
    if (this.recording) this.left.set(this.recordingId, this.beat.typed ? this.beat.written : undefined);
    this.recording = { ...recording, before };
    this.current = null;
    this.lines.forget();
    sessionStorage.setItem("samuel-recording", recording.id);
    this.select(null);
    this.player.setBand(null);
    this.player.setVocal(vocal);
    this.player.place = 0;
    const { length: seconds } = this.player;
    this.score.set({ vocal, band: null, analysis: null, beats: null, seconds, place: 0 });
    $("empty").hidden = true;
    this.chords.hide();
    if (later === null) this.beat.begin(recording.seconds, this.left.get(recording.id));
    else if (undone) this.beat.move(later, recording.seconds, undone);
    else this.recording.move = this.beat.move(later, recording.seconds);
    $("beat").hidden = false;
    this.showPlaying();
    const current = this.recording;
    this.showAnalysis(recording.id).catch((error) => this.recording === current && this.say(error.message));
    await this.show();
    await this.refresh();
    const [first] = this.shownTakes;
    if (first && !this.current && this.recordingId === recording.id) await this.choose(first.id);
  }

  // The sound of a recording; null if another was wanted before it was there.
  async fetchVocal(id) {
    const loading = (this.loading = { id });
    this.enable();
    try {
      const vocal = await this.player.decode(await fetchSound(`recordings/${id}/vocal.flac`));
      return this.loading === loading ? vocal : null;
    } finally {
      if (this.loading === loading) this.loading = null;
      this.offerRecordings();
      this.enable();
    }
  }

  async showAnalysis(id) {
    const { recording } = this;
    while (this.recording === recording) {
      const analysis = await fetchJson(`recordings/${id}/analysis`);
      if (this.recording !== recording) return; // another one was chosen in the meantime
      if (analysis.error) return this.say(analysis.error);
      if (analysis.pitch) {
        this.score.set({ analysis });
        this.chords.show(this.recording, analysis.chords);
        if (this.take) this.follow(this.take);
        this.lines.show();
        return;
      }
      await new Promise((done) => setTimeout(done, BUSY));
    }
  }

  async trim() {
    const before = this.recording;
    const [start, stop] = this.section;
    const cut = await call("trim", before.id, start, stop);
    if (this.recording !== before || this.loading) return this.refresh(); // another one was chosen in the meantime
    await this.use({ ...cut, start }, before, -start);
  }

  untrim() {
    const { before, start, move } = this.recording;
    return this.use(before, before.before, start, move);
  }

  // One of the visitor's recordings, unless it was deleted.
  kept(id) {
    return this.state.recordings.find((recording) => recording.id === id);
  }

  async removeRecording() {
    const { recording, shownTakes: takes } = this;
    const and = takes.length ? ` and its ${takes.length === 1 ? "take" : `${takes.length} takes`}` : "";
    if (!confirm(`Delete ${nameOf(recording)}${and}?`)) return;
    this.recording = null; // nobody is to ask for it any more
    try {
      await call("delete_recording", recording.id);
    } catch (error) {
      this.recording ??= recording;
      throw error;
    }
    this.left.delete(recording.id);
    await this.refresh();
    if (this.recording || this.loading) return; // another one was chosen in the meantime
    this.current = null;
    const { before } = recording;
    await this.use(this.kept(before?.id) ? before : this.state.recordings.at(-1));
  }

  async regenerate() {
    await this.make("regenerate", this.current, ...this.section, NEXT_SEED, $("section-style").value, this.chordSheet || "heard"); // the box says what is played
    $("section-style").selectedIndex = 0; // the next section is not to have it unasked
    this.keepsBeat();
  }

  async extend() {
    await this.make("extend", this.current, Number($("outro").value), NEXT_SEED);
    this.keepsBeat();
  }

  // What is made of a take keeps its beats, whatever is told.
  keepsBeat() {
    if (!this.lines.differ) return;
    this.say("It keeps the beats of its take: for those that the picture shows, make a new take.");
  }

  async make(name, ...values) {
    await call(name, ...values);
    await this.refresh();
  }

  // After the form was sent.
  answered(refusal) {
    this.say(refusal);
    if (!refusal) this.beat.used(this.sent);
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
    this.offerRecordings();
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

  // All recordings, to go back to; where there is but one, nothing.
  offerRecordings() {
    showRecordings($("recordings"), this.state.recordings, this.loading?.id ?? this.recordingId);
    $("kept").hidden = this.state.recordings.length < 2;
    $("untrim").hidden = !this.kept(this.recording?.before?.id);
  }

  async choose(id) {
    const take = this.shownTakes.find((each) => each.id === id);
    if (!take) return;
    this.current = id;
    if (!this.bands.has(id)) {
      this.bands.set(id, await this.player.decode(await fetchSound(`takes/${id}/band.flac`)));
      const [oldest] = this.bands.keys();
      if (this.bands.size > KEPT) this.bands.delete(oldest);
    }
    if (this.current !== id) return; // another one was chosen in the meantime
    this.player.setBand(this.bands.get(id), take.vocal_level);
    this.follow(take);
    this.score.set({ band: this.bands.get(id), seconds: this.player.length });
    this.showPlaying();
    await this.show();
  }

  // Show what a take was told, unless the visitor is telling something, and its beats.
  follow(take) {
    this.chords.follow(take);
    this.beat.follow(take);
    if (this.score.analysis) this.lines.follow(take, this.chords.typed || this.beat.telling); // else when it is there
  }

  async remove(id) {
    await call("delete_take", id);
    this.bands.delete(id);
    if (this.current === id) {
      this.current = null;
      this.player.setBand(null);
      this.score.set({ band: null });
      this.lines.forget();
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
    $("play").disabled = !this.recording || Boolean(this.recorder);
    $("remove").disabled = $("untrim").disabled = !this.recording || Boolean(this.loading);
    $("trim").disabled = !this.recording || !this.score.selection || Boolean(this.loading);
    $("regenerate").disabled = !this.take || !this.score.selection;
    $("extend").disabled = !this.take;
    $("section").classList.toggle("idle", !this.take && !this.score.selection);
  }

  seek(seconds) {
    this.player.seek(seconds);
    this.showPlaying();
  }

  async toggle() {
    if (this.recorder) return;
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

// An act that is not begun again while it is going on.
function onceAtATime(act) {
  let going = false;
  return async () => {
    if (going) return;
    going = true;
    await act().finally(() => (going = false));
  };
}

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
  const last = this.kept(sessionStorage.getItem("samuel-recording")) ?? this.state.recordings.at(-1); // loaded again
  if (last) await this.attempt(() => this.use(last));
};

begin();

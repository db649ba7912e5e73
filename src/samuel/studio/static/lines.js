// The beats in the picture: those of the take that is chosen, or of a new one that is told what stands on the page.

import { call } from "./server.js";

const SETTLED = 250; // ms after the last change of what the band is told, its beats are looked for

export class BeatLines {
  // page: what the band is told, recordingId, chordSheet and beat, and the take that is chosen, current
  constructor(score, page) {
    Object.assign(this, { score, page, asked: Promise.resolve(), asking: false });
    // {told, beats, downbeats}: what the page told as the take was chosen, null if that was something else, and the
    // beats that the take keeps
    this.own = null;
  }

  // All that decides which beats are drawn, as text.
  get told() {
    const { recordingId, chordSheet, beat } = this.page;
    return [recordingId, chordSheet, ...beat.told].join();
  }

  // No take is chosen.
  forget() {
    this.own = null;
    this.show();
  }

  // A take is chosen; telling: the page tells something else.
  async follow(take, telling) {
    this.own = null;
    const told = telling ? null : this.told;
    const beats = await this.ask("take_beats", take.id).catch(() => null);
    if (!beats || this.page.current !== take.id) return;
    this.own = { ...beats, told };
    this.show();
  }

  // Whether other beats are drawn than the chosen take keeps.
  get differ() {
    const drawn = this.score.beats ?? this.score.analysis;
    return this.own !== null && String(drawn?.beats) !== String(this.own.beats);
  }

  // As soon as what is told has settled.
  show() {
    clearTimeout(this.settling);
    if (this.score.analysis) this.settling = setTimeout(() => this.fetch(), SETTLED);
  }

  // What has changed since a question is asked afterwards.
  async fetch() {
    if (this.asking) return;
    let told, own;
    const same = () => this.told === told && this.own === own;
    do {
      ({ told, own } = this);
      this.asking = true;
      const beats = await this.find(told);
      this.asking = false;
      if (same()) this.score.set({ beats });
    } while (!same());
  }

  // null for those of the analysis
  async find(told) {
    const { recordingId, chordSheet, beat } = this.page;
    if (this.own?.told === told) return this.own;
    if (beat.wrong || (!chordSheet && String(beat.told) === "0,-1")) return null;
    try {
      return await this.ask("beats", recordingId, chordSheet, ...beat.told);
    } catch { // a sheet that is half written tells nothing; what is wrong with it is said when it is to be played
      return chordSheet ? this.ask("beats", recordingId, "", ...beat.told).catch(() => null) : null;
    }
  }

  // The server answers one such question of a visitor at a time.
  ask(...question) {
    const answer = this.asked.then(() => call(...question));
    this.asked = answer.catch(() => {});
    return answer;
  }
}

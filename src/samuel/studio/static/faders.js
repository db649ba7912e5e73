// The two faders that balance voice and band.

const PARTS = ["vocal", "band"];
const OFF = -40; // dB

const $ = (id) => document.getElementById(id);

// They stand where they stood before the page was loaded again.
export function listenToFaders(player) {
  for (const part of PARTS) {
    $(`${part}-fader`).addEventListener("input", ({ target }) => fade(player, part, Number(target.value)));
    const kept = Number(sessionStorage.getItem(`samuel-${part}`) ?? 0);
    $(`${part}-fader`).value = kept;
    fade(player, part, kept);
  }
}

function fade(player, part, decibels) {
  sessionStorage.setItem(`samuel-${part}`, decibels);
  player.setFader(part, decibels);
  $(`${part}-db`).textContent = decibels <= OFF ? "off" : `${decibels > 0 ? "+" : ""}${decibels} dB`;
}

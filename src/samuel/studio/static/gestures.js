// What fingers, keys and dropped files do on the page, beside its buttons and fields.

const $ = (id) => document.getElementById(id);

export function listenTo(studio) {
  listenToTaps(studio);
  listenToDrops(studio);
  $("score").addEventListener("keydown", (event) => pressed(studio, event));
}

// As the finger comes down, not as it leaves; and by T, wherever nobody writes.
function listenToTaps(studio) {
  $("tap").addEventListener("pointerdown", ({ button }) => button || studio.tap());
  $("tap").addEventListener("click", ({ detail }) => detail || studio.tap()); // by key or by other means
  addEventListener("keydown", ({ key, repeat, target, ctrlKey, altKey, metaKey }) => {
    if (key.toLowerCase() !== "t" || repeat || ctrlKey || altKey || metaKey || $("beat").hidden) return;
    if (!target.closest("input:not([type=range]), textarea, select")) studio.tap();
  });
}

function listenToDrops(studio) {
  addEventListener("dragover", (event) => {
    event.preventDefault();
    $("studio").classList.add("dropping");
  });
  addEventListener("dragleave", () => $("studio").classList.remove("dropping"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    $("studio").classList.remove("dropping");
    const [file] = event.dataTransfer.files;
    if (file) studio.attempt(() => studio.send(file));
  });
}

// A key, with the waveform in focus.
function pressed(studio, event) {
  const moves = { ArrowLeft: -1, ArrowRight: 1 };
  const place = studio.player.position;
  const [from, to] = studio.score.selection ?? [0, studio.score.seconds];
  if (event.key === " ") studio.attempt(() => studio.toggle());
  else if (event.key in moves) studio.seek(place + moves[event.key] * (event.shiftKey ? 0.1 : 1));
  else if (event.key === "[") studio.select([place, Math.max(to, place)]);
  else if (event.key === "]") studio.select([Math.min(from, place), place]);
  else if (event.key === "Escape") studio.select(null);
  else if (/^[1-9]$/.test(event.key)) studio.attempt(() => studio.choose(studio.shownTakes[event.key - 1]?.id));
  else return;
  event.preventDefault();
}

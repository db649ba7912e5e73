// What the page says to the server: every request bears the visitor's token, which only this tab knows.

const KEY = "samuel-visitor";
const HEADER = "X-Samuel-Visitor";

export const token = () => sessionStorage.getItem(KEY) ?? "";

// Go on with the visit of before the page was loaded again, or begin one.
token.ready = async () => {
  if (token()) {
    try {
      return await call("state");
    } catch {
      // that visit is over
    }
  }
  sessionStorage.setItem(KEY, (await post("enter", [])).visitor);
};

// One of the studio's functions; the visitor comes first.
export const call = (name, ...values) => post(name, [token(), ...values]);

async function post(name, data) {
  const body = JSON.stringify({ data });
  const headers = { "Content-Type": "application/json" };
  const answer = await reach(`/gradio_api/run/${name}`, { method: "POST", headers, body });
  return (await answer.json()).data[0];
}

export async function upload(sound) {
  const answer = await reach("/studio/recordings", { method: "POST", headers: { [HEADER]: token() }, body: sound });
  return answer.json();
}

const get = (path) => reach(`/studio/${path}`, { headers: { [HEADER]: token() } });

export const fetchJson = async (path) => (await get(path)).json();
export const fetchSound = async (path) => (await get(path)).arrayBuffer();
export const fetchFile = async (path) => (await get(path)).blob();

async function reach(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The studio does not answer: is it still running?");
  }
  if (answer.ok) return answer;
  const { error } = await answer.json().catch(() => ({}));
  throw new Error(error ?? `The studio refused (${answer.status}).`);
}

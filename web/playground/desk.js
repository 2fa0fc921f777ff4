// The worker as a function: `await ask("check", text)`; what netc refuses is an Error with its words.
export function desk(code) {
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const waiting = new Map();
  let last = 0;
  worker.onmessage = ({ data: { id, answer, broke } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (broke !== undefined) reject(new Error(broke));
    else if (answer?.refused !== undefined) reject(new Error(answer.refused));
    else resolve(answer);
  };
  let ended;
  worker.onerror = (event) => {
    ended = new Error(event.message || "its worker does not start");
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  const send = (verb, given) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ id: last, verb, given });
    });
  return {
    start: (vendored) => send("start", vendored),
    ask: (verb, ...given) => send(verb, given),
  };
}

// Writes the packed files into Pyodide's file system; prepare.mjs packs them.
export function lay(system, packed) {
  const bytes = packed instanceof Uint8Array ? packed : new Uint8Array(packed);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const list = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const folders = new Set();
  let from = 4 + size;
  for (const [path, length] of list) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!folders.has(folder)) system.mkdirTree(folder);
    folders.add(folder);
    system.writeFile(path, bytes.subarray(from, from + length), { canOwn: true });
    from += length;
  }
}

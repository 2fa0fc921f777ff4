// What the build laid into vendored files: base64 of gzip, so that a page from a disk can have it.
export async function unpacked(text) {
  const packed = Uint8Array.fromBase64
    ? new Blob([Uint8Array.fromBase64(text)])
    : await (await fetch(`data:application/octet-stream;base64,${text}`)).blob();
  return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

"use strict";
// The page of `netc graph`: opens and closes boxes, finds layers, shows where they are written.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const boxes = data.boxes;
  const root = boxes[0];
  const svg = document.querySelector("main > svg");
  const canvas = document.getElementById("root");
  const side = document.querySelector("aside");
  const NS = "http://www.w3.org/2000/svg";

  for (const box of boxes) {
    box.element = box === root ? canvas : document.getElementById("b" + box.n);
    box.open = box === root || box.o === 1;
    for (const child of box.c || []) boxes[child[0]].parent = box;
  }
  for (const box of boxes) {
    if (!box.c) continue;
    const holder = box === root ? canvas : box.element.querySelector(":scope > .opened > .in");
    const groups = [...holder.children];
    box.ways = box.l.map((_, at) => groups[at]);
    box.labels = box.l.map((_, at) => groups[groups.length - box.l.length + at]);
    box.holder = holder;
  }

  const cut = (value) => Math.round(value * 10) / 10;

  // A map of one axis: the room [from, to] that a child had grows to `need` where it is larger.
  function stretched(rooms) {
    const cuts = [...new Set(rooms.flatMap(([from, to]) => [from, to]))].sort((a, b) => a - b);
    const factors = cuts.slice(1).map((to, at) => {
      const middle = (cuts[at] + to) / 2;
      let factor = 1;
      for (const [from, end, need] of rooms) {
        if (from < middle && middle < end) factor = Math.max(factor, need / (end - from));
      }
      return factor;
    });
    return (value) => {
      let moved = value;
      for (let at = 0; at < factors.length && cuts[at] < value; at++) {
        moved += (Math.min(value, cuts[at + 1]) - cuts[at]) * (factors[at] - 1);
      }
      return moved;
    };
  }

  // Puts what is in an open box in its places; gives the size of the box.
  function arrange(box) {
    const children = box.c.map(([number, x, y]) => {
      const child = boxes[number];
      const [width, height] = child.open && child.c ? arrange(child) : [child.w, child.h];
      return { child, x, y, width, height, w: child.w, h: child.h };
    });
    const grown = children.filter((at) => at.width > at.w || at.height > at.h);
    const mapX = stretched(grown.map((at) => [at.x, at.x + at.w, at.width]));
    const mapY = stretched(grown.map((at) => [at.y, at.y + at.h, at.height]));
    for (const at of children) {
      const left = mapX(at.x), right = mapX(at.x + at.w);
      const top = mapY(at.y), bottom = mapY(at.y + at.h);
      at.left = left + (right - left - at.width) / 2;
      at.top = top + (bottom - top - at.height) / 2;
      at.child.element.setAttribute("transform", `translate(${cut(at.left)} ${cut(at.top)})`);
      at.child.size = [at.width, at.height];
    }
    const width = mapX(box.iw), height = mapY(box.ih);
    const frame = box === root ? width : Math.max(width + box.ow - box.iw, box.ow);
    box.l.forEach((line, at) => draw(box, line, at, children, mapX, mapY, [width, height, frame]));
    if (box === root) return [width, height];
    const size = [frame, height + data.header + data.margin];
    const hull = box.element.querySelector(":scope > .opened > .hull");
    hull.setAttribute("width", cut(size[0]));
    hull.setAttribute("height", cut(size[1]));
    const shift = (frame - width) / 2;
    box.holder.setAttribute("transform", `translate(${cut(shift)} ${data.header})`);
    return size;
  }

  function draw(box, line, at, children, mapX, mapY, [width, height, frame]) {
    const [flat, source, target, label, [enter, leave, from, to]] = line;
    const base = [];
    for (let i = 0; i < flat.length; i += 2) base.push([flat[i], flat[i + 1]]);
    const points = base.map(([x, y]) => [mapX(x), mapY(y)]);
    const last = points.length - 1;
    if (source >= 0) pull(points, 0, 1, foot(children[source], from));
    if (target >= 0) pull(points, last, last - 1, crown(children[target], to));
    if (label) {
      // A label keeps its distance from the point of the line that it stands beside.
      const far = (point) => Math.hypot(point[0] - label[0], point[1] - label[1]);
      const near = base.reduce((best, point, i) => (far(point) < far(base[best]) ? i : best), 0);
      const x = points[near][0] + label[0] - base[near][0];
      const y = points[near][1] + label[1] - base[near][1];
      box.labels[at].setAttribute("transform", `translate(${cut(x)} ${cut(y)})`);
    }
    if (source < 0) {
      const x = frame * (enter - 0.5) + width / 2, [px, py] = points[0];
      points.unshift([x, -data.header], [x, -data.header / 3], [px, py - 10]);
    }
    if (target < 0) {
      const x = frame * (leave - 0.5) + width / 2, below = height + data.margin;
      const [px, py] = points[points.length - 1];
      points.push([px, py + 6], [x, below - 8], [x, below]);
    }
    const [wire, tip] = box.ways[at].children;
    const [first, ...rest] = points.map((point) => `${cut(point[0])} ${cut(point[1])}`);
    wire.setAttribute("d", `M${first}C${rest.join(" ")}`);
    tip.setAttribute("d", target >= 0 ? arrow(points) : "");
  }

  const foot = (at, share) => [
    at.left + at.width * (at.child.open && at.child.c ? share : 0.5), at.top + at.height];
  const crown = (at, share) => [
    at.left + at.width * (at.child.open && at.child.c ? share : 0.5), at.top];

  // Moves an end of a line to a point, and the curve with it.
  function pull(points, end, next, [x, y]) {
    const dx = x - points[end][0], dy = y - points[end][1];
    points[next] = [points[next][0] + dx, points[next][1] + dy];
    points[end] = [x, y];
  }

  function arrow(points) {
    const [x, y] = points[points.length - 1];
    let [px, py] = points[points.length - 2];
    if (px === x && py === y) [px, py] = points[points.length - 4];
    const length = Math.hypot(x - px, y - py) || 1;
    const dx = ((x - px) / length) * 6, dy = ((y - py) / length) * 6;
    return `M${cut(x)} ${cut(y)}L${cut(x - dx - 0.45 * dy)} ${cut(y - dy + 0.45 * dx)} ` +
      `${cut(x - dx + 0.45 * dy)} ${cut(y - dy - 0.45 * dx)}Z`;
  }

  let size = [0, 0];
  let view = { x: 0, y: 0, scale: 1 };

  function show() {
    for (const box of boxes) {
      if (box === root || !box.c) continue;
      box.element.classList.toggle("open", box.open);
      box.element.setAttribute("aria-expanded", box.open);
    }
    size = arrange(root);
    const legend = svg.querySelector(".legend");
    legend.setAttribute("transform", `translate(0 ${cut(size[1] + 24)})`);
    if (legend.parentNode !== canvas) canvas.append(legend);
    move();
  }

  function move() {
    canvas.setAttribute(
      "transform", `translate(${cut(view.x)} ${cut(view.y)}) scale(${view.scale.toFixed(4)})`);
  }

  function fit() {
    const { width, height } = svg.getBoundingClientRect();
    const wide = Math.max(size[0], data.legend), tall = size[1] + 44;
    view.scale = Math.min(1.4, (width - 40) / wide, (height - 40) / tall);
    view.x = (width - wide * view.scale) / 2;
    view.y = Math.max(20, (height - tall * view.scale) / 2);
    move();
  }

  // Where a box is on the screen.
  function place(box) {
    const area = svg.getBoundingClientRect(), at = box.element.getBoundingClientRect();
    return [at.left - area.left, at.top - area.top, at.width, at.height];
  }

  // Does something that moves boxes, and leaves one of them where the reader sees it.
  function keeping(box, change) {
    const [x, y] = place(box);
    change();
    show();
    const [nx, ny] = place(box);
    view.x += x - nx;
    view.y += y - ny;
    move();
  }

  const toggle = (box) => keeping(box, () => { box.open = !box.open; });

  function reveal(box) {
    for (let at = box.parent; at && at !== root; at = at.parent) at.open = true;
    show();
    const area = svg.getBoundingClientRect(), [x, y, width, height] = place(box);
    view.x += area.width / 2 - x - width / 2;
    view.y += area.height / 2 - y - height / 2;
    move();
    box.element.focus({ preventScroll: true });
    tell(box);
  }

  function tell(box) {
    side.hidden = false;
    side.replaceChildren();
    const close = make("button", "close", "close");
    close.onclick = () => { side.hidden = true; };
    const rows = make("dl");
    const source = data.sources[box.s[0]];
    const row = (name, value) => value && rows.append(make("dt", "", name), make("dd", "", value));
    row("path", box.p);
    row("gives", box.y.join(", "));
    box.f.forEach((value) => row("has", value));
    row("change", box.m === "touched" ? "inside" : box.m);
    row("weights", box.sh && "shared with other layers");
    row("written", `${source.path}:${box.s[1]}`);
    const text = make("pre");
    source.text.split("\n").forEach((line, at) => {
      const here = at + 1 >= box.s[1] && at + 1 <= box.s[2];
      const shown = make("span", here ? "here" : "");
      shown.append(make("i", "", String(at + 1)), line);
      text.append(shown);
    });
    side.append(close, make("h2", "", box.t), rows, text);
    const first = text.querySelector(".here");
    if (first) text.scrollTop = first.offsetTop - text.offsetTop - 60;
  }

  function make(name, css, content) {
    const made = document.createElement(name);
    if (css) made.className = css;
    if (content) made.textContent = content;
    return made;
  }

  const boxOf = (target) => {
    const element = target.closest && target.closest(".box");
    return element ? boxes[Number(element.id.slice(1))] : null;
  };

  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX - view.x, y: event.clientY - view.y, far: false, id: event.pointerId };
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const x = event.clientX - drag.x, y = event.clientY - drag.y;
    if (!drag.far && Math.hypot(x - view.x, y - view.y) < 4) return;
    if (!drag.far) svg.setPointerCapture(drag.id);
    drag.far = true;
    view.x = x;
    view.y = y;
    move();
  });
  svg.addEventListener("pointerup", (event) => {
    const moved = drag && drag.far;
    drag = null;
    if (moved) return;
    const box = boxOf(event.target);
    if (!box) return;
    box.element.focus({ preventScroll: true });
    tell(box);
    if (box.c) toggle(box);
  });
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const area = svg.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 500), event.clientX - area.left, event.clientY - area.top);
  }, { passive: false });

  function zoom(factor, x, y) {
    const scale = Math.min(4, Math.max(0.02, view.scale * factor));
    view.x = x - ((x - view.x) * scale) / view.scale;
    view.y = y - ((y - view.y) * scale) / view.scale;
    view.scale = scale;
    move();
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "search") {
      if (event.key === "Enter") next(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const area = svg.getBoundingClientRect();
    const box = boxOf(document.activeElement);
    if (event.key === "/") document.getElementById("search").focus();
    else if (event.key === "+" || event.key === "=") zoom(1.2, area.width / 2, area.height / 2);
    else if (event.key === "-") zoom(1 / 1.2, area.width / 2, area.height / 2);
    else if (event.key === "0") fit();
    else if (event.key === "Escape") side.hidden = true;
    else if (box && (event.key === "Enter" || event.key === " ")) {
      tell(box);
      if (box.c) toggle(box);
    } else if (box && /^Arrow/.test(event.key)) step(box, event.key);
    else return;
    event.preventDefault();
  });

  // The arrow keys: to the box before and behind, into an open one, and out of it.
  function step(box, key) {
    const siblings = box.parent.c.map((child) => boxes[child[0]]);
    const at = siblings.indexOf(box);
    let to = null;
    if (key === "ArrowDown") to = siblings[at + 1];
    else if (key === "ArrowUp") to = siblings[at - 1];
    else if (key === "ArrowRight" && box.c) {
      if (!box.open) toggle(box);
      to = boxes[box.c[0][0]];
    } else if (key === "ArrowLeft" && box.parent !== root) to = box.parent;
    if (!to) return;
    to.element.focus({ preventScroll: true });
    const area = svg.getBoundingClientRect(), [x, y, width, height] = place(to);
    if (x < 0 || y < 0 || x + width > area.width || y + height > area.height) {
      view.x += area.width / 2 - x - width / 2;
      view.y += area.height / 2 - y - height / 2;
      move();
    }
    tell(to);
  }

  let matches = [], current = -1;
  const found = document.getElementById("found");
  document.getElementById("search").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const box of matches) box.element.classList.remove("found");
    matches = !words.length ? [] : boxes.filter((box) => box !== root && words.every(
      (word) => box.t.toLowerCase().includes(word) || box.p.toLowerCase().includes(word)));
    for (const box of matches) box.element.classList.add("found");
    current = -1;
    found.textContent = words.length ? `${matches.length}` : "";
  });

  function next(by) {
    if (!matches.length) return;
    current = (current + by + matches.length) % matches.length;
    found.textContent = `${current + 1} / ${matches.length}`;
    const box = matches[current];
    reveal(box);
    document.getElementById("search").focus({ preventScroll: true });
  }

  const folding = boxes.filter((box) => box.c && box !== root);
  const visible = (box) => {
    for (let at = box.parent; at !== root; at = at.parent) if (!at.open) return false;
    return true;
  };
  const press = (id, action) => { document.getElementById(id).onclick = action; };
  press("more", () => {
    for (const box of folding.filter((each) => !each.open && visible(each))) box.open = true;
    show();
    fit();
  });
  press("less", () => {
    const open = folding.filter((box) => box.open && visible(box));
    const inner = (box) => box.c.some((child) => open.includes(boxes[child[0]]));
    for (const box of open.filter((each) => !inner(each))) box.open = false;
    show();
    fit();
  });
  press("all", () => {
    for (const box of folding) box.open = true;
    show();
    fit();
  });
  press("fit", fit);
  const darken = (on) => document.documentElement.classList.toggle("dark", on);
  press("dark", () => darken(!document.documentElement.classList.contains("dark")));
  darken(matchMedia("(prefers-color-scheme: dark)").matches);

  function picture() {
    const copy = canvas.cloneNode(true);
    copy.setAttribute("transform", "translate(20 20)");
    for (const element of copy.querySelectorAll(".box")) {
      for (const part of element.children) {
        const hidden = part.classList.contains(element.classList.contains("open") ? "closed" : "opened");
        if (hidden) part.remove();
      }
      for (const name of ["tabindex", "role", "aria-label", "aria-expanded", "id"]) {
        element.removeAttribute(name);
      }
    }
    copy.removeAttribute("id");
    const width = cut(Math.max(size[0], data.legend) + 40), height = cut(size[1] + 84);
    const whole = document.createElementNS(NS, "svg");
    whole.setAttribute("class", "net");
    whole.setAttribute("width", width);
    whole.setAttribute("height", height);
    whole.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const style = document.createElementNS(NS, "style");
    const dark = document.documentElement.classList.contains("dark");
    style.textContent = [...document.styleSheets[0].cssRules].map((rule) => rule.cssText)
      .filter((rule) => rule.includes("svg.net") && (dark || !rule.startsWith(":root.dark")))
      .map((rule) => rule.replace(/^:root\.dark /, "")).join("\n");
    whole.append(style, copy);
    return new XMLSerializer().serializeToString(whole);
  }

  press("copy", async () => {
    const text = picture(), button = document.getElementById("copy");
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
      link.download = `${document.title}.svg`;
      link.click();
      URL.revokeObjectURL(link.href);
      button.textContent = "saved";
    }
    setTimeout(() => { button.textContent = "copy as SVG"; }, 1500);
  });

  window.addEventListener("resize", move);
  show();
  fit();
})();

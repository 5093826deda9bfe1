// @ts-check
/** The moving parts of a report: divider, lens, choice of a step, copying of the pipeline. Runs in the reader's browser. */
(() => {
  "use strict";
  /** @template {Element} T @param {string} selector @param {new () => T} kind @returns {T} */
  const find = (selector, kind) => {
    const found = document.querySelector(selector);
    if (!(found instanceof kind)) throw new Error(`the report has no ${selector}`);
    return found;
  };
  const clamp = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) =>
    Math.min(high, Math.max(low, value));
  document.documentElement.classList.add("js");

  // The pictures and the divider between them
  const stage = find("#stage", HTMLElement);
  const slider = find("#slider", HTMLInputElement);
  const sides = ["left", "right"].map((side) => ({
    image: find(`#${side}-image`, HTMLImageElement),
    choice: find(`#${side}-picture`, HTMLSelectElement),
  }));
  const source = (/** @type {string} */ name) => find(`#pictures img[data-name="${CSS.escape(name)}"]`, HTMLImageElement);

  const divide = () => {
    stage.style.setProperty("--at", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${Math.round(Number(slider.value))} percent`);
  };
  const choose = () => {
    for (const { image, choice } of sides) {
      const picture = source(choice.value);
      image.src = picture.src;
      image.alt = picture.alt;
      // Few pixels are shown as they are, many are left to the browser's smoothing.
      image.classList.toggle("pixels", Number(picture.getAttribute("width")) <= 400);
    }
    drawLens();
  };
  slider.addEventListener("input", divide);

  // The lens: the same spot of both pictures, enlarged
  const lens = find("#lens", HTMLElement);
  const spot = find("#spot", HTMLElement);
  const lensSwitch = find("#lens-switch", HTMLButtonElement);
  const zoom = find("#lens-zoom", HTMLSelectElement);
  const panes = [...lens.querySelectorAll("figure")].map((figure) => ({
    canvas: /** @type {HTMLCanvasElement} */ (figure.querySelector("canvas")),
    caption: /** @type {HTMLElement} */ (figure.querySelector("figcaption")),
  }));
  const paneSide = 144;
  /** Where the lens looks, as fractions of the stage; undefined while it is hidden. @type {{ x: number, y: number } | undefined} */
  let look;

  const lensIsOn = () => lensSwitch.getAttribute("aria-pressed") === "true";
  const drawLens = () => {
    lens.hidden = spot.hidden = look === undefined || !lensIsOn();
    if (look === undefined || lens.hidden) return;
    const { width, height } = stage.getBoundingClientRect();
    const side = paneSide / Number(zoom.value);
    const x = clamp(look.x * width - side / 2, 0, width - side);
    const y = clamp(look.y * height - side / 2, 0, height - side);
    Object.assign(spot.style, { left: `${x}px`, top: `${y}px`, width: `${side}px`, height: `${side}px` });
    for (const [i, { canvas, caption }] of panes.entries()) {
      const picture = source(sides[i].choice.value);
      const context = canvas.getContext("2d");
      if (context === null) continue;
      const [scaleX, scaleY] = [picture.naturalWidth / width, picture.naturalHeight / height];
      context.imageSmoothingEnabled = false;
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(picture, x * scaleX, y * scaleY, side * scaleX, side * scaleY, 0, 0, canvas.width, canvas.height);
      caption.textContent = picture.dataset.title ?? "";
    }
    place(x, y, side, width, height);
  };
  /** Beside the spot, so that it stays visible; within the window where there is room. */
  const place = (
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ side,
    /** @type {number} */ width,
    /** @type {number} */ height,
  ) => {
    const gap = 14;
    const [own, ownHeight] = [lens.offsetWidth, lens.offsetHeight];
    const above = y - gap - ownHeight;
    const below = y + side + gap;
    const room = document.documentElement.clientWidth - stage.getBoundingClientRect().left;
    const left = clamp(x + side / 2 - own / 2, 0, Math.max(0, Math.min(Math.max(width, own), room) - own));
    Object.assign(lens.style, { left: `${left}px`, top: `${below + ownHeight <= height || above < -80 ? below : above}px` });
  };
  lensSwitch.addEventListener("click", () => {
    lensSwitch.setAttribute("aria-pressed", String(!lensIsOn()));
    drawLens();
  });
  zoom.addEventListener("change", drawLens);

  // Pointer: moving looks through the lens, pressing and dragging moves the divider
  const pointed = (/** @type {PointerEvent} */ event) => {
    const box = stage.getBoundingClientRect();
    return { x: clamp((event.clientX - box.left) / box.width, 0, 1), y: clamp((event.clientY - box.top) / box.height, 0, 1) };
  };
  /** @type {number | undefined} */
  let pressedAt;
  let dragging = false;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pressedAt = event.clientX;
    dragging = false;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const at = pointed(event);
    if (pressedAt !== undefined && Math.abs(event.clientX - pressedAt) > 3) dragging = true;
    if (dragging) {
      slider.value = String(100 * at.x);
      divide();
    }
    look = dragging ? undefined : at;
    drawLens();
  });
  const release = (/** @type {PointerEvent} */ event) => {
    pressedAt = undefined;
    if (!dragging) look = pointed(event);
    dragging = false;
    drawLens();
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", () => {
    pressedAt = undefined;
    dragging = false;
  });
  stage.addEventListener("pointerleave", (event) => {
    // A finger that is lifted leaves too; what it tapped at stays in the lens.
    if (event.pointerType !== "mouse" || pressedAt !== undefined) return;
    look = undefined;
    drawLens();
  });

  // Keyboard on the picture: arrows look around
  const moves = /** @type {Record<string, [number, number]>} */ ({
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  });
  stage.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (move !== undefined) {
      const pace = event.shiftKey ? 0.1 : 0.02;
      const from = look ?? { x: 0.5, y: 0.5 };
      look = { x: clamp(from.x + pace * move[0], 0, 1), y: clamp(from.y + pace * move[1], 0, 1) };
    } else if (event.key === "+" || event.key === "=") zoom.selectedIndex = Math.min(zoom.options.length - 1, zoom.selectedIndex + 1);
    else if (event.key === "-") zoom.selectedIndex = Math.max(0, zoom.selectedIndex - 1);
    else if (event.key === "Escape") look = undefined;
    else return;
    event.preventDefault();
    drawLens();
  });
  stage.addEventListener("blur", () => {
    look = undefined;
    drawLens();
  });

  for (const { choice } of sides) choice.addEventListener("change", choose);
  choose();
  divide();

  // The chosen step
  const panels = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".panel")]);
  for (const radio of document.querySelectorAll('input[name="frame"]')) {
    // The estimate is in the page once, in the strip.
    const shown = document.querySelector(`img[data-copy-of="${/** @type {HTMLInputElement} */ (radio).value}"]`);
    const strip = radio.parentElement?.querySelector("img");
    if (shown instanceof HTMLImageElement && strip) shown.src = strip.src;
    radio.addEventListener("change", (event) => {
      const { value } = /** @type {HTMLInputElement} */ (event.target);
      for (const panel of panels) panel.classList.toggle("shown", panel.dataset.step === value);
    });
  }

  // The pipeline
  const copy = find("#copy", HTMLButtonElement);
  const text = find("#pipeline-text", HTMLElement);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent ?? "");
      copy.textContent = "Copied";
    } catch {
      // Not allowed here: select it, so that the reader's own shortcut works.
      getSelection()?.selectAllChildren(text);
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
})();

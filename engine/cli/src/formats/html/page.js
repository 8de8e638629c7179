// The timeline: draws a stretch of the recording on a canvas and lets one move, zoom and listen.
// Rows of the data are [seconds, bar, beat, beats a bar, BPM, confidence] for beats, [seconds, strength, confidence]
// for onsets, and [start, end, label] in seconds for what holds for a while; voice has no label.
"use strict";
(() => {
  const element = (id) => document.getElementById(id);
  const data = JSON.parse(element("analysis").textContent);
  const view = element("view");
  const canvas = element("canvas");
  const context = canvas.getContext("2d");
  const readout = element("readout");
  const overview = element("overview");
  const frame = element("window");
  const overviewHead = element("overview-head");
  const audio = element("audio");
  const clicks = element("clicks");

  const SHORTEST_SPAN = 0.25;
  const PIXELS_PER_SECOND = 64;
  const SEGMENT_GAP_SECONDS = 4;
  // Quieter recordings are not magnified to the full height, so that noise does not look like music.
  const QUIETEST_PEAK = 16;

  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const low = new Int8Array(bytes(data.waveform.low).buffer);
  const high = new Int8Array(bytes(data.waveform.high).buffer);
  const loudest = low.reduce((most, value, column) => Math.max(most, -value, high[column]), 0);
  const curves = Object.fromEntries(
    Object.entries(data.curves).map(([name, curve]) => [name, { ...curve, values: bytes(curve.values) }]),
  );
  const { beats, onsets, voice, chords, keys, duration } = data;
  const downbeats = beats.filter((beat) => beat[2] === 1);
  const tempi = beats.map((beat) => beat[4]);
  const tempoRange = (() => {
    if (!tempi.length) return null;
    const sorted = [...tempi].sort((left, right) => left - right);
    const middle = sorted[sorted.length >> 1];
    const half = Math.max(4, (sorted[sorted.length - 1] - sorted[0]) / 2 + 2);
    const centre = (sorted[0] + sorted[sorted.length - 1]) / 2;
    return { low: Math.floor(centre - half), high: Math.ceil(centre + half), middle };
  })();

  // Lanes from top to bottom; each draws itself into its own strip.
  const lanes = [
    { height: 22, draw: drawRuler },
    ...(beats.length ? [{ height: 28, draw: drawBeatMarks }] : []),
    { height: 132, draw: drawWaveform, name: "waveform" },
    ...(chords.length ? [{ height: 52, draw: drawChords, name: "chords" }] : []),
    ...(curves.voice ? [{ height: 70, draw: drawVoice, name: "voice activation" }] : []),
    ...(curves.beat ? [{ height: 82, draw: drawBeatCurves, name: "beat and downbeat activation" }] : []),
    ...(curves.onset ? [{ height: 82, draw: drawOnsets, name: "onset activation" }] : []),
    ...(tempoRange ? [{ height: 92, draw: drawTempo, name: "tempo" }] : []),
  ];
  const GAP = 6;
  const CAPTION = 18;
  // The root of a chord's name: a note in any spelling, a Roman numeral, a Nashville number.
  const ROOT = /^[♯♭]?(?:[A-HN]|[IViv]+|[1-7])(?:[#♯♭]|[ie]s|s(?!us))?/;
  const totalHeight = lanes.reduce((sum, lane) => sum + lane.height + GAP, GAP);

  let start = 0;
  let span = duration;
  let width = 0;
  let pointerSeconds = null;
  let colours = {};
  let drawingIsDue = false;

  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  const xOf = (seconds) => ((seconds - start) / span) * width;
  const secondsAt = (x) => start + (x / width) * span;

  function clock(seconds, decimals) {
    const unit = 10 ** decimals;
    const ticks = Math.round(Math.max(seconds, 0) * unit);
    const whole = Math.floor(ticks / unit);
    const pad = (value, digits) => String(value).padStart(digits, "0");
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    const text = `${hours ? `${hours}:${pad(minutes, 2)}` : minutes}:${pad(whole % 60, 2)}`;
    return decimals ? `${text}.${pad(ticks % unit, decimals)}` : text;
  }

  // Index of the first row at or after a time.
  function firstFrom(rows, seconds) {
    let least = 0;
    let most = rows.length;
    while (least < most) {
      const middle = (least + most) >> 1;
      if (rows[middle][0] < seconds) least = middle + 1;
      else most = middle;
    }
    return least;
  }

  function* visible(rows, margin = 0) {
    for (let index = firstFrom(rows, start - margin); index < rows.length; index += 1) {
      if (rows[index][0] > start + span + margin) return;
      yield rows[index];
    }
  }

  // Rows with a start and an end that touch the stretch shown.
  function* overlapping(rows) {
    for (let index = Math.max(0, firstFrom(rows, start) - 1); index < rows.length; index += 1) {
      if (rows[index][0] > start + span) return;
      if (rows[index][1] >= start) yield [index, ...rows[index]];
    }
  }

  // The row that holds at a time.
  function holding(rows, seconds) {
    const row = rows[firstFrom(rows, seconds + 1e-6) - 1];
    return row && row[1] > seconds ? row : null;
  }

  // Highest value of a curve over the stretch of one pixel.
  function peak(curve, from, to) {
    const least = Math.floor((from - curve.start) / curve.columnSeconds);
    const most = Math.max(least + 1, Math.ceil((to - curve.start) / curve.columnSeconds));
    let value = 0;
    for (let column = Math.max(least, 0); column < Math.min(most, curve.values.length); column += 1) {
      value = Math.max(value, curve.values[column]);
    }
    return value / 255;
  }

  function valueAt(curve, seconds) {
    const column = Math.floor((seconds - curve.start) / curve.columnSeconds);
    return (curve.values[clamp(column, 0, curve.values.length - 1)] ?? 0) / 255;
  }

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "soft", "line", "wave", "onset", "beat", "downbeat", "tempo", "chord", "voice", "head", "surface"]) {
      colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    colours.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  }

  function line(x, top, bottom, colour, thickness = 1) {
    context.fillStyle = colour;
    context.fillRect(Math.round(x - thickness / 2), top, thickness, bottom - top);
  }

  function drawRuler(top, height) {
    const steps = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
    const step = steps.find((candidate) => (candidate / span) * width >= 72) ?? 7200;
    const decimals = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (let index = Math.ceil(start / step); index * step <= start + span; index += 1) {
      const x = xOf(index * step);
      line(x, top + height - 6, top + height, colours.soft);
      context.fillText(clock(index * step, decimals), x + 4, top + height / 2 - 1);
    }
  }

  function drawGrid() {
    const step = stepOfBars(6);
    const top = lanes[0].height + lanes[1].height + GAP;
    for (const [seconds, bar, beat] of visible(beats)) {
      if (beat === 1 ? (bar - 1) % step : !beatsAreFarApart(7)) continue;
      context.globalAlpha = beat === 1 ? 0.55 : 0.28;
      line(xOf(seconds), top, totalHeight, beat === 1 ? colours.downbeat : colours.beat);
    }
    context.globalAlpha = 1;
  }

  function beatsAreFarApart(pixels) {
    return tempoRange !== null && (width / span) * (60 / tempoRange.middle) > pixels;
  }

  // Every how many bars there is room for something this wide.
  function stepOfBars(pixels) {
    if (downbeats.length < 2) return 1;
    const seconds = (downbeats[downbeats.length - 1][0] - downbeats[0][0]) / (downbeats.length - 1);
    const needed = pixels / ((seconds / span) * width);
    return needed <= 1 ? 1 : 2 ** Math.ceil(Math.log2(needed));
  }

  function drawWaveform(top, height) {
    const middle = top + (height + CAPTION) / 2;
    const scale = ((height - CAPTION) / 2 - 2) / Math.max(loudest, QUIETEST_PEAK);
    const { columnSeconds } = data.waveform;
    context.fillStyle = colours.wave;
    const last = Math.min(width, Math.ceil(xOf(duration)));
    for (let x = Math.max(0, Math.floor(xOf(0))); x < last; x += 1) {
      const from = Math.max(0, Math.floor(secondsAt(x) / columnSeconds));
      const to = Math.min(low.length, Math.max(from + 1, Math.ceil(secondsAt(x + 1) / columnSeconds)));
      let least = 127;
      let most = -127;
      for (let column = from; column < to; column += 1) {
        least = Math.min(least, low[column]);
        most = Math.max(most, high[column]);
      }
      if (least <= most) context.fillRect(x, middle - most * scale - 0.5, 1, (most - least) * scale + 1);
    }
  }

  // A dot for each beat, a diamond for each downbeat, and numbered badges over those that have room.
  function drawBeatMarks(top, height) {
    const step = stepOfBars(38);
    const middle = top + height / 2;
    for (const [seconds, , beat] of visible(beats, span / 20)) {
      const x = xOf(seconds);
      context.beginPath();
      if (beat === 1 && step <= 4) {
        context.fillStyle = colours.downbeat;
        context.moveTo(x, middle - 6);
        context.lineTo(x + 6, middle);
        context.lineTo(x, middle + 6);
        context.lineTo(x - 6, middle);
      } else if (beat !== 1 && beatsAreFarApart(9)) {
        context.fillStyle = colours.beat;
        context.arc(x, middle, 3.5, 0, 2 * Math.PI);
      }
      context.fill();
    }
    let free = -Infinity;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const [seconds, bar] of visible(downbeats, span / 20)) {
      const x = xOf(seconds);
      const half = Math.max(11, context.measureText(bar).width / 2 + 6);
      if ((bar - 1) % step !== 0 || x - half < free) continue;
      free = x + half + 2;
      context.fillStyle = colours.downbeat;
      context.beginPath();
      context.roundRect(x - half, top + 4, 2 * half, height - 8, 6);
      context.fill();
      context.fillStyle = colours.surface;
      context.fillText(bar, x, middle + 0.5);
    }
  }

  function drawCurve(curve, top, height, colour, fill) {
    const bottom = top + height - 1;
    const yOf = (value) => bottom - value * (height - CAPTION - 2);
    context.beginPath();
    context.moveTo(0, bottom);
    const wide = (curve.columnSeconds / span) * width;
    if (wide > 2) {
      const first = Math.max(0, Math.floor((start - curve.start) / curve.columnSeconds) - 1);
      for (let column = first; column < curve.values.length; column += 1) {
        const seconds = curve.start + (column + 0.5) * curve.columnSeconds;
        context.lineTo(xOf(seconds), yOf(curve.values[column] / 255));
        if (seconds > start + span) break;
      }
    } else {
      for (let x = 0; x < width; x += 1) context.lineTo(x, yOf(peak(curve, secondsAt(x), secondsAt(x + 1))));
    }
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.stroke();
    context.lineTo(Math.min(width, xOf(duration)), bottom);
    context.closePath();
    context.globalAlpha = fill;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
  }

  function drawBeatCurves(top, height) {
    drawCurve(curves.beat, top, height, colours.beat, 0.12);
    drawCurve(curves.downbeat, top, height, colours.downbeat, 0.28);
  }

  function drawOnsets(top, height) {
    drawCurve(curves.onset, top, height, colours.onset, 0.16);
    for (const [seconds, strength] of visible(onsets)) {
      const tall = (height - CAPTION - 2) * clamp(strength, 0.05, 1);
      line(xOf(seconds), top + height - 1 - tall, top + height - 1, colours.onset, 2);
    }
  }

  // A box for each chord with its name where there is room: in full, else the root with dots. Neighbours differ in shade.
  function drawChords(top, height) {
    const from = top + CAPTION;
    const tall = height - CAPTION - 2;
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const [index, begins, ends, name] of overlapping(chords)) {
      const left = Math.max(xOf(begins), -8);
      const right = Math.min(xOf(ends), width + 8);
      if (name !== "N") {
        context.fillStyle = colours.chord;
        context.globalAlpha = index % 2 ? 0.3 : 0.18;
        context.fillRect(left, from, right - left, tall);
        context.globalAlpha = 1;
        if (begins > start) line(left, from, from + tall, colours.chord);
      }
      const x = Math.max(left, 0) + 6;
      const room = Math.min(right, width) - x - 4;
      const text = [name, `${ROOT.exec(name)[0]}…`].find((candidate) => context.measureText(candidate).width <= room);
      if (!text) continue;
      context.fillStyle = name === "N" ? colours.soft : colours.ink;
      context.fillText(text, x, from + tall / 2 + 0.5);
    }
  }

  // The activation, and a solid bar below it where there is a voice.
  function drawVoice(top, height) {
    drawCurve(curves.voice, top, height - 8, colours.voice, 0.16);
    context.fillStyle = colours.voice;
    for (const [, begins, ends] of overlapping(voice)) {
      const left = Math.max(xOf(begins), -8);
      context.fillRect(left, top + height - 6, Math.max(1, Math.min(xOf(ends), width + 8) - left), 6);
    }
  }

  function drawTempo(top, height) {
    const yOf = (bpm) => {
      const part = (bpm - tempoRange.low) / (tempoRange.high - tempoRange.low);
      return top + height - 10 - part * (height - CAPTION - 20);
    };
    context.setLineDash([2, 4]);
    context.strokeStyle = colours.soft;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, yOf(tempoRange.middle));
    context.lineTo(width, yOf(tempoRange.middle));
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    let before = null;
    for (const [seconds, , , , bpm] of visible(beats, Math.max(SEGMENT_GAP_SECONDS, span / 20))) {
      const connected = before !== null && seconds - before < SEGMENT_GAP_SECONDS;
      if (connected) context.lineTo(xOf(seconds), yOf(bpm));
      else context.moveTo(xOf(seconds), yOf(bpm));
      before = seconds;
    }
    context.strokeStyle = colours.tempo;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.stroke();
    if (beatsAreFarApart(9)) {
      context.fillStyle = colours.tempo;
      for (const [seconds, , , , bpm] of visible(beats)) {
        context.beginPath();
        context.arc(xOf(seconds), yOf(bpm), 2.5, 0, 2 * Math.PI);
        context.fill();
      }
    }
    label(`${tempoRange.high} BPM`, width - 8, yOf(tempoRange.high), "right");
    label(`${tempoRange.low} BPM`, width - 8, yOf(tempoRange.low), "right");
  }

  // Text that stays readable on whatever is below.
  function label(text, x, y, align) {
    context.textAlign = align;
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeStyle = getComputedStyle(view).backgroundColor;
    context.strokeText(text, x, y);
    context.fillStyle = colours.soft;
    context.fillText(text, x, y);
  }

  function draw() {
    drawingIsDue = false;
    const scale = window.devicePixelRatio || 1;
    width = view.clientWidth;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(totalHeight * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(totalHeight * scale);
      canvas.style.height = `${totalHeight}px`;
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, totalHeight);
    context.font = colours.font;
    drawGrid();
    let top = GAP;
    for (const lane of lanes) {
      if (lane.name) {
        context.fillStyle = colours.line;
        context.fillRect(0, top - GAP / 2, width, 1);
      }
      context.fillStyle = colours.soft;
      lane.draw(top, lane.height);
      if (lane.name) label(lane.name, 8, top + CAPTION / 2, "left");
      top += lane.height + GAP;
    }
    if (pointerSeconds !== null) {
      context.globalAlpha = 0.55;
      line(xOf(pointerSeconds), 0, totalHeight, colours.ink);
      context.globalAlpha = 1;
    }
    if (audio && (audio.currentTime > 0 || !audio.paused)) {
      line(xOf(audio.currentTime), 0, totalHeight, colours.head, 2);
      overviewHead.hidden = false;
      overviewHead.style.left = `${(audio.currentTime / duration) * 100}%`;
    }
    frame.style.left = `${(start / duration) * 100}%`;
    frame.style.width = `${(span / duration) * 100}%`;
  }

  function redraw() {
    if (drawingIsDue) return;
    drawingIsDue = true;
    requestAnimationFrame(draw);
  }

  function show(newStart, newSpan = span) {
    span = clamp(newSpan, Math.min(SHORTEST_SPAN, duration), duration);
    start = clamp(newStart, 0, duration - span);
    redraw();
  }

  function zoom(factor, about = start + span / 2) {
    const newSpan = clamp(span * factor, Math.min(SHORTEST_SPAN, duration), duration);
    show(about - ((about - start) / span) * newSpan, newSpan);
  }

  function describe(seconds) {
    const parts = [clock(seconds, 2)];
    const index = firstFrom(beats, seconds + 1e-6) - 1;
    if (index >= 0 && seconds - beats[index][0] < SEGMENT_GAP_SECONDS) {
      const [, bar, beat, , bpm] = beats[index];
      parts.push(bar ? `bar ${bar}, beat ${beat}` : `pick-up, beat ${beat}`, `${bpm.toFixed(1)} BPM`);
    }
    const chord = holding(chords, seconds);
    if (chord) parts.push(chord[2] === "N" ? "no chord" : chord[2]);
    const key = holding(keys, seconds);
    if (key) parts.push(`in ${key[2]}`);
    if (holding(voice, seconds)) parts.push("singing");
    for (const [name, curve] of Object.entries(curves)) parts.push(`${name} ${valueAt(curve, seconds).toFixed(2)}`);
    return parts.join("  ·  ");
  }

  function describeStretch() {
    readout.textContent = `${clock(start, 1)} to ${clock(start + span, 1)}`;
  }

  function point(seconds) {
    pointerSeconds = seconds;
    if (seconds === null) describeStretch();
    else readout.textContent = describe(clamp(seconds, 0, duration));
    redraw();
  }

  function connectPointer() {
    const down = new Map();
    let moved = false;
    let grip = null;
    const local = (event) => event.clientX - view.getBoundingClientRect().left;
    const takeGrip = () => {
      const positions = [...down.values()];
      const low = Math.min(...positions);
      grip = { seconds: positions.map(secondsAt), distance: Math.max(...positions) - low, span };
    };
    view.addEventListener("pointerdown", (event) => {
      down.set(event.pointerId, local(event));
      view.setPointerCapture(event.pointerId);
      moved = down.size > 1;
      takeGrip();
    });
    view.addEventListener("pointermove", (event) => {
      const x = local(event);
      if (down.has(event.pointerId)) {
        moved ||= Math.abs(x - down.get(event.pointerId)) > 4;
        if (!moved) return;
        view.classList.add("dragging");
        down.set(event.pointerId, x);
        const positions = [...down.values()];
        if (positions.length > 1) {
          const distance = Math.max(...positions) - Math.min(...positions);
          const newSpan = grip.span * (grip.distance / Math.max(distance, 1));
          show(grip.seconds[0] - (positions[0] / width) * newSpan, newSpan);
        } else {
          show(grip.seconds[0] - (x / width) * span);
        }
      }
      point(secondsAt(x));
    });
    const release = (event) => {
      if (!down.delete(event.pointerId)) return;
      view.classList.remove("dragging");
      if (!moved && audio && event.type === "pointerup") audio.currentTime = clamp(secondsAt(local(event)), 0, duration);
      if (down.size) takeGrip();
      redraw();
    };
    view.addEventListener("pointerup", release);
    view.addEventListener("pointercancel", release);
    view.addEventListener("pointerleave", () => point(null));
    view.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) zoom(Math.exp(event.deltaY * 0.0025), secondsAt(local(event)));
      else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) show(start + (event.deltaX / width) * span);
      else if (event.shiftKey) show(start + (event.deltaY / width) * span);
      else return;
      event.preventDefault();
    }, { passive: false });

    const centre = (event) => {
      const box = overview.getBoundingClientRect();
      show(((event.clientX - box.left) / box.width) * duration - span / 2);
    };
    overview.addEventListener("pointerdown", (event) => {
      overview.setPointerCapture(event.pointerId);
      centre(event);
    });
    overview.addEventListener("pointermove", (event) => {
      if (overview.hasPointerCapture(event.pointerId)) centre(event);
    });
  }

  function connectKeys() {
    const actions = {
      ArrowLeft: () => show(start - span / 8),
      ArrowRight: () => show(start + span / 8),
      PageUp: () => show(start - span),
      PageDown: () => show(start + span),
      Home: () => show(0),
      End: () => show(duration),
      "+": () => zoom(1 / 1.5),
      "=": () => zoom(1 / 1.5),
      "-": () => zoom(1.5),
      0: () => show(0, duration),
      " ": () => audio && (audio.paused ? audio.play() : audio.pause()),
    };
    view.addEventListener("keydown", (event) => {
      const action = actions[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      action();
      describeStretch();
    });
    element("zoom-in").addEventListener("click", () => zoom(1 / 1.5));
    element("zoom-out").addEventListener("click", () => zoom(1.5));
    element("zoom-all").addEventListener("click", () => show(0, duration));
    document.querySelector(".bars")?.addEventListener("click", (event) => {
      const seconds = Number(event.target.dataset?.seconds ?? NaN);
      if (Number.isNaN(seconds)) return;
      show(seconds - span / 10);
      if (audio) audio.currentTime = seconds;
      view.focus({ preventScroll: true });
      view.scrollIntoView({ block: "center" });
    });
  }

  // Clicks are scheduled a moment ahead on the audio clock, for timers are late.
  function connectAudio() {
    if (!audio) {
      document.querySelector(".with-audio").hidden = true;
      return;
    }
    const AHEAD_SECONDS = 0.15;
    let sound = null;
    let scheduledUntil = 0;
    let wasInView = true;

    function click(when, isDownbeat) {
      const oscillator = sound.createOscillator();
      const volume = sound.createGain();
      oscillator.frequency.value = isDownbeat ? 1760 : 1320;
      volume.gain.setValueAtTime(isDownbeat ? 0.5 : 0.3, when);
      volume.gain.exponentialRampToValueAtTime(0.001, when + 0.05);
      oscillator.connect(volume).connect(sound.destination);
      oscillator.start(when);
      oscillator.stop(when + 0.06);
    }

    function scheduleClicks() {
      const now = audio.currentTime;
      if (!clicks.checked || audio.paused) return;
      sound ??= new AudioContext();
      const from = Math.max(scheduledUntil, now);
      const until = now + AHEAD_SECONDS;
      for (let index = firstFrom(beats, from); index < beats.length && beats[index][0] < until; index += 1) {
        click(sound.currentTime + (beats[index][0] - now) / audio.playbackRate, beats[index][2] === 1);
      }
      scheduledUntil = Math.max(from, until);
    }

    function follow() {
      const at = audio.currentTime;
      const inView = at >= start && at <= start + span;
      if (wasInView && at > start + span * 0.9) show(at - span * 0.1);
      wasInView = inView || (at >= start && at <= start + span);
      scheduleClicks();
      redraw();
      if (!audio.paused) requestAnimationFrame(follow);
    }

    audio.addEventListener("play", () => {
      scheduledUntil = audio.currentTime;
      wasInView = true;
      follow();
    });
    audio.addEventListener("seeked", () => {
      scheduledUntil = audio.currentTime;
      redraw();
    });
    clicks.addEventListener("change", () => {
      scheduledUntil = audio.currentTime;
      sound?.resume();
    });
    audio.addEventListener("error", () => {
      audio.hidden = true;
      document.querySelector(".clicks").hidden = true;
      document.querySelector(".with-audio").hidden = true;
    });
    document.querySelector(".clicks").hidden = beats.length === 0;
  }

  for (const part of document.querySelectorAll(".needs-script")) {
    part.hidden = part.classList.contains("clicks");
  }
  frame.hidden = false;
  readColours();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readColours();
    redraw();
  });
  connectPointer();
  connectKeys();
  connectAudio();
  new ResizeObserver(redraw).observe(view);
  const readable = Math.max(view.clientWidth / PIXELS_PER_SECOND, 5);
  show(0, duration <= readable * 1.6 ? duration : readable);
  describeStretch();
})();

// The linked cursor, zooming and tips. Without this script the page is complete, only still.
(() => {
  'use strict';
  const DAY = 86400, STEPS = [60, 300, 900, 1800, 3600, 10800, 21600, 43200, DAY, 2 * DAY, 7 * DAY], MONTHS = [1, 3, 6, 12, 24, 60, 120];
  const SVG = 'http://www.w3.org/2000/svg';
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.setAttribute('role', 'status'); // told, too, when the arrow keys move the cursor
  tip.hidden = true;
  document.body.append(tip);

  const showTip = (text, x, y) => {
    tip.hidden = false;
    tip.textContent = text;
    const box = tip.getBoundingClientRect();
    const left = x + 14 + box.width > innerWidth - 6 ? x - 14 - box.width : x + 14;
    const top = Math.min(Math.max(6, y - box.height / 2), innerHeight - box.height - 6);
    tip.style.transform = `translate(${Math.max(6, left)}px,${top}px)`;
  };
  const hideTip = () => { tip.hidden = true; };

  const step = (low, high, count) => {
    const rough = Math.max((high - low) / count, 1e-12), power = 10 ** Math.floor(Math.log10(rough)), digit = rough / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 2.5 ? 2.5 : digit <= 5 ? 5 : 10);
  };
  const written = (kind, value, fine) => {
    const scale = kind === 'percent' ? 100 : 1;
    const decimals = Math.min(6, Math.max(0, -Math.floor(Math.log10(Math.max(fine * scale, 1e-9)) + 1e-9)));
    const text = (value * scale).toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    return (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace('-', '−')) + (kind === 'percent' ? ' %' : '');
  };
  const finest = s => { const p = 10 ** Math.floor(Math.log10(s) + 1e-9); return Math.abs(s / p - 2.5) < 1e-6 ? p / 10 : p; };
  const utc = (seconds, options) => new Date(seconds * 1000).toLocaleString('en-GB', { timeZone: 'UTC', ...options });
  const timeTicks = (from, to) => {
    const s = STEPS.find(c => (to - from) / c <= 7);
    const ticks = [];
    if (s) {
      for (let at = Math.ceil(from / s) * s; at <= to; at += s) {
        ticks.push([at, s < DAY && at % DAY ? utc(at, { hour: '2-digit', minute: '2-digit' }) : utc(at, { day: 'numeric', month: 'short' })]);
      }
      return ticks;
    }
    const months = (to - from) / (30 * DAY), every = MONTHS.find(c => months / c <= 7) || 120;
    const start = new Date(from * 1000);
    for (let m = 0; ; m += every) {
      const at = Date.UTC(start.getUTCFullYear(), m, 1) / 1000;
      if (at > to) return ticks;
      if (at >= from) ticks.push([at, utc(at, { month: 'short', year: 'numeric' })]);
    }
  };
  const percent = f => (f * 100).toFixed(3) + '%';

  const charts = [...document.querySelectorAll('.chart')].flatMap(figure => {
    const source = figure.querySelector('script[type="application/json"]');
    if (!source) return [];
    const data = JSON.parse(source.textContent);
    const plot = figure.querySelector('.plot'), canvas = figure.querySelector('.canvas');
    const reset = document.createElement('button');
    reset.type = 'button';
    reset.className = 'reset';
    reset.textContent = 'Whole period';
    reset.hidden = true;
    figure.querySelector('.frame').append(reset);
    const chart = { figure, data, plot, canvas, reset, inner: figure.querySelector('.lines'), cursor: figure.querySelector('.cursor'),
      from: data.from, to: data.to, low: data.low, high: data.high };
    return [chart];
  });

  const clampLabels = plot => {
    const { left, right } = plot.querySelector('.frame').getBoundingClientRect();
    plot.querySelectorAll('.x span').forEach(label => {
      label.removeAttribute('data-end');
      label.removeAttribute('data-start');
      const box = label.getBoundingClientRect();
      if (box.right > right + 1) label.setAttribute('data-end', '');
      else if (box.left < left - 1) label.setAttribute('data-start', '');
    });
  };

  const draw = chart => {
    const { data, from, to } = chart;
    const whole = from === data.from && to === data.to;
    let low = data.low, high = data.high;
    if (!whole) {
      low = Infinity;
      high = -Infinity;
      const first = data.t.findIndex(t => t + data.from >= from), see = v => { if (v !== null) { low = Math.min(low, v); high = Math.max(high, v); } };
      for (let i = Math.max(0, first - 1); i < data.t.length && (i < first || data.t[i - 1] + data.from <= to); i++) data.lines.forEach(l => see(l.v[i]));
      data.marks.forEach(([t, v]) => { if (t + data.from >= from && t + data.from <= to) see(v); });
      if (data.zero) { low = Math.min(low, 0); high = Math.max(high, 0); }
      if (!(high > low)) { low -= Math.max(Math.abs(low) * .05, 1e-6); high += Math.max(Math.abs(high) * .05, 1e-6); }
      const room = (high - low) * .06;
      if (!(data.zero && low === 0)) low -= room;
      if (!(data.zero && high === 0)) high += room;
    }
    Object.assign(chart, { low, high });
    const spanX = data.to - data.from, spanY = data.high - data.low;
    chart.inner.setAttribute('viewBox', [(from - data.from) / spanX * 1e4, (data.high - high) / spanY * 1e4, (to - from) / spanX * 1e4, (high - low) / spanY * 1e4].join(' '));
    const grid = chart.figure.querySelector('.grid'), y = chart.figure.querySelector('.y'), x = chart.figure.querySelector('.x');
    grid.replaceChildren();
    y.replaceChildren();
    x.replaceChildren();
    const s = step(low, high, 5);
    for (let k = Math.ceil(low / s - 1e-9); k * s <= high + s * 1e-9; k++) {
      const at = percent(1 - (k * s - low) / (high - low)), line = document.createElementNS(SVG, 'line'), label = document.createElement('span');
      if (k === 0) line.setAttribute('class', 'zero');
      Object.entries({ x1: 0, x2: '100%', y1: at, y2: at }).forEach(([n, v]) => line.setAttribute(n, v));
      label.style.top = at;
      label.textContent = written(data.kind, k * s, finest(s));
      grid.append(line);
      y.append(label);
    }
    timeTicks(from, to).forEach(([at, text]) => {
      const label = document.createElement('span');
      label.style.left = percent((at - from) / (to - from));
      label.textContent = text;
      x.append(label);
    });
    [...chart.figure.querySelectorAll('.marks > svg')].forEach((mark, i) => {
      const [t, v] = data.marks[i], at = t + data.from;
      mark.setAttribute('x', percent((at - from) / (to - from)));
      mark.setAttribute('y', percent(1 - (v - low) / (high - low)));
      mark.style.display = at < from || at > to ? 'none' : '';
    });
    chart.reset.hidden = whole;
    clampLabels(chart.plot);
  };

  const linked = chart => charts.filter(c => c.data.from < chart.to && c.data.to > chart.from && !chart.figure.dataset.alone);
  const zoom = (chart, from, to) => linked(chart).forEach(c => {
    c.from = Math.max(c.data.from, from);
    c.to = Math.min(c.data.to, to);
    if (!(c.to - c.from >= 60)) { c.from = c.data.from; c.to = c.data.to; }
    draw(c);
  });
  const unzoom = () => charts.forEach(c => { c.from = c.data.from; c.to = c.data.to; draw(c); });

  const nearest = (data, time) => {
    let a = 0, b = data.t.length - 1;
    const wanted = time - data.from;
    while (b - a > 1) { const m = (a + b) >> 1; if (data.t[m] <= wanted) a = m; else b = m; }
    return wanted - data.t[a] <= data.t[b] - wanted ? a : b;
  };
  const point = (chart, time, x, y, quiet) => {
    charts.forEach(c => {
      if (time < c.from || time > c.to) { c.cursor.setAttribute('hidden', ''); return; }
      const at = percent((time - c.from) / (c.to - c.from));
      c.cursor.removeAttribute('hidden');
      c.cursor.setAttribute('x1', at);
      c.cursor.setAttribute('x2', at);
    });
    if (quiet) return;
    const i = nearest(chart.data, time), fine = finest(step(chart.low, chart.high, 5)) / 10;
    const lines = chart.data.lines.filter(l => l.name && l.v[i] !== null).map(l => `${l.name}: ${written(chart.data.kind, l.v[i], fine)}`);
    showTip([utc(chart.data.from + chart.data.t[i], { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }) + ' UTC', ...lines].join('\n'), x, y);
  };
  const unpoint = () => { charts.forEach(c => c.cursor.setAttribute('hidden', '')); hideTip(); };

  charts.forEach(chart => {
    const timeAt = x => { const box = chart.canvas.getBoundingClientRect(); return chart.from + Math.min(1, Math.max(0, (x - box.left) / box.width)) * (chart.to - chart.from); };
    let start = null, picked = null, keyTime = null;
    chart.canvas.addEventListener('pointermove', e => {
      if (start !== null && picked) {
        const box = chart.canvas.getBoundingClientRect(), a = Math.min(start, e.clientX) - box.left;
        picked.setAttribute('x', a);
        picked.setAttribute('width', Math.abs(e.clientX - start));
      }
      point(chart, timeAt(e.clientX), e.clientX, e.clientY, e.target.dataset.tip !== undefined);
    });
    chart.canvas.addEventListener('pointerleave', unpoint);
    chart.canvas.addEventListener('pointerdown', e => {
      if (e.pointerType === 'touch' || e.button !== 0) return;
      start = e.clientX;
      picked = document.createElementNS(SVG, 'rect');
      picked.setAttribute('class', 'picked');
      picked.setAttribute('height', '100%');
      chart.canvas.append(picked);
      chart.canvas.setPointerCapture(e.pointerId);
    });
    const end = (e, done) => {
      if (start === null) return;
      const a = timeAt(Math.min(start, e.clientX)), b = timeAt(Math.max(start, e.clientX)), wide = Math.abs(e.clientX - start) > 6;
      picked.remove();
      start = picked = null;
      if (done && wide) zoom(chart, a, b);
    };
    chart.canvas.addEventListener('pointerup', e => end(e, true));
    chart.canvas.addEventListener('pointercancel', e => end(e, false));
    chart.canvas.addEventListener('dblclick', unzoom);
    chart.reset.addEventListener('click', unzoom);
    chart.plot.addEventListener('keydown', e => {
      const direction = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      if (e.key === 'Escape') { unpoint(); unzoom(); }
      if (!direction) return;
      e.preventDefault();
      keyTime = Math.min(chart.to, Math.max(chart.from, (keyTime ?? (chart.from + chart.to) / 2) + direction * (chart.to - chart.from) / 80));
      const box = chart.canvas.getBoundingClientRect();
      point(chart, keyTime, box.left + (keyTime - chart.from) / (chart.to - chart.from) * box.width, box.top + 40);
    });
    chart.plot.addEventListener('blur', unpoint);
  });

  document.addEventListener('pointerover', e => {
    const words = e.target instanceof Element && e.target.closest('[data-tip]');
    if (words) showTip(words.dataset.tip, e.clientX, e.clientY);
  });
  document.addEventListener('pointerout', e => { if (e.target instanceof Element && e.target.closest('[data-tip]')) hideTip(); });
  const settle = () => document.querySelectorAll('.plot').forEach(clampLabels);
  settle();
  addEventListener('resize', settle);
})();

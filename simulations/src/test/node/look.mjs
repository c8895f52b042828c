// Opens a page in a real browser and says what is to be seen there, as JSON on standard output: at desktop and phone width, in light and
// dark mode, with what axe-core finds that would shut somebody out. Leaves screenshots.
//
// Usage: node look.mjs CHROMIUM PAGE SCREENSHOT_FOLDER NAME
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [executablePath, page, folder, name] = process.argv.slice(2);
const VIEWS = [
  { view: 'desktop-light', width: 1280, height: 900, colorScheme: 'light' },
  { view: 'desktop-dark', width: 1280, height: 900, colorScheme: 'dark' },
  { view: 'phone-light', width: 390, height: 844, colorScheme: 'light' },
  { view: 'phone-dark', width: 390, height: 844, colorScheme: 'dark' },
];

/** Runs in the page: what is drawn and how well it can be read. */
function inspect() {
  const box = e => { const b = e.getBoundingClientRect(); return { width: b.width, height: b.height }; };
  const ink = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = color => {
    ink.clearRect(0, 0, 1, 1);
    ink.fillStyle = color;
    ink.fillRect(0, 0, 1, 1);
    return [...ink.getImageData(0, 0, 1, 1).data];
  };
  const background = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] === 255) return c;
    }
    return [255, 255, 255, 255];
  };
  const luminance = ([r, g, b]) => {
    const part = v => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const texts = [];
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || ['SCRIPT', 'STYLE'].includes(element.tagName) || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    texts.push({ text: walker.currentNode.textContent.trim().slice(0, 40), size: parseFloat(style.fontSize), contrast: contrast(rgba(style.color), background(element)) });
  }
  const strokes = [...document.querySelectorAll('path.line:not(.edge)')].map(p => contrast(rgba(getComputedStyle(p).stroke), background(p.closest('.card'))));
  return {
    scrollWidth: document.documentElement.scrollWidth,
    innerWidth,
    charts: [...document.querySelectorAll('figure.chart, figure.bars')].map(f => ({
      id: f.id,
      empty: !!f.querySelector('.empty'),
      box: box(f.querySelector('.canvas') ?? f),
      lines: [...f.querySelectorAll('path.line, path.area, path.band')].filter(p => !p.classList.contains('edge')).map(p => ({ ...box(p), commands: (p.getAttribute('d').match(/[ML]/g) ?? []).length })),
      marks: [...f.querySelectorAll('.marks > svg > path')].filter(p => p.getBoundingClientRect().width > 0).length,
      rects: f.querySelectorAll('.canvas > rect').length,
    })),
    texts: texts.length,
    heatCells: document.querySelectorAll('table.heat td.cell').length,
    bestCells: document.querySelectorAll('table.heat td.best').length,
    rows: document.querySelectorAll('#ranking tbody tr, #windows tbody tr').length,
    leastContrast: texts.sort((a, b) => a.contrast - b.contrast)[0],
    leastStrokeContrast: strokes.length ? Math.min(...strokes) : 21,
    smallestText: Math.min(...texts.map(t => t.size)),
    firstScreen: document.elementsFromPoint(innerWidth / 2, Math.min(innerHeight - 10, 300)).length,
    warningsTop: document.querySelector('#warnings')?.getBoundingClientRect().top ?? -1,
  };
}

/** Hovers, zooms by dragging and goes back, on the first chart. */
async function touch(tab) {
  const canvas = tab.locator('.chart .canvas').first();
  if (!(await canvas.count())) return null;
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  const y = box.y + box.height / 2;
  const viewBoxes = () => tab.locator('.chart .lines').evaluateAll(all => all.map(e => e.getAttribute('viewBox')));
  await tab.mouse.move(box.x + box.width * 0.5, y);
  const tip = await tab.locator('.tip').textContent();
  const cursors = await tab.locator('.cursor:not([hidden])').count();
  const before = await viewBoxes();
  await tab.mouse.move(box.x + box.width * 0.3, y);
  await tab.mouse.down();
  await tab.mouse.move(box.x + box.width * 0.45, y, { steps: 4 });
  await tab.mouse.up();
  const zoomed = await viewBoxes();
  const ticks = await tab.locator('.chart .x').first().locator('span').count();
  const found = await barriers(tab);
  await tab.mouse.dblclick(box.x + box.width * 0.5, y);
  const after = await viewBoxes();
  await tab.locator('.plot').first().focus();
  await tab.keyboard.press('ArrowRight');
  const keyTip = await tab.locator('.tip').textContent();
  return { tip, keyTip, cursors, changed: zoomed.filter((v, i) => v !== before[i]).length, ticks, barriers: found, restored: after.join() === before.join() };
}

/** Whatever axe-core's rules find, of any impact, with all that is folded away opened. */
async function barriers(tab) {
  await tab.evaluate(axe.source);
  return tab.evaluate(async () => {
    document.querySelectorAll('details').forEach(d => { d.open = true; });
    const { violations } = await window.axe.run({ resultTypes: ['violations'] });
    return violations.flatMap(({ id, impact, help, nodes }) => nodes.map(n => `${id} (${impact}): ${help}: ${n.html.slice(0, 160)}`));
  });
}

const browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
try {
  const views = [];
  for (const { view, width, height, colorScheme } of VIEWS) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
    const tab = await context.newPage();
    const complaints = [], requests = [];
    tab.on('pageerror', e => complaints.push(String(e)));
    tab.on('console', m => { if (['error', 'warning'].includes(m.type())) complaints.push(m.text()); });
    tab.on('request', r => requests.push(r.url().split(':', 1)[0]));
    await tab.goto(pathToFileURL(path.resolve(page)).href, { waitUntil: 'load' });
    const seen = await tab.evaluate(inspect);
    await tab.screenshot({ path: path.join(folder, `${name}-${view}.png`), fullPage: true });
    const found = await barriers(tab);
    const touched = view === 'desktop-light' ? await touch(tab) : null;
    views.push({ view, complaints, requests, ...seen, barriers: found, touched });
    await context.close();
  }
  process.stdout.write(JSON.stringify({ views }));
} finally {
  await browser.close();
}

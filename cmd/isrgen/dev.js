// What isrgen dev adds to each page: it loads the page again when the site has changed, and shows over it what is wrong.
(() => {
  const version = new URL(document.currentScript.src).searchParams.get('v');
  let shown;

  function line(text, style) {
    const element = document.createElement('div');
    element.textContent = text;
    element.style.cssText = style;
    return element;
  }

  // show puts faults over the page, or takes them away where there are none.
  function show(faults) {
    shown?.remove();
    shown = undefined;
    if (!faults.length) return;
    shown = document.createElement('isrgen-faults');
    shown.setAttribute('role', 'alert');
    shown.style.cssText = 'position:fixed;inset:0;z-index:2147483647;overflow:auto';
    const root = shown.attachShadow({ mode: 'open' });
    const panel = document.createElement('div');
    panel.style.cssText = 'box-sizing:border-box;min-height:100%;padding:2rem max(1rem,8vw);background:#1b1f1df2;color:#f4f5f1;'
      + 'font:15px/1.6 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere';
    const heading = document.createElement('h1');
    heading.textContent = faults.length === 1 ? 'One thing is wrong' : `${faults.length} things are wrong`;
    heading.style.cssText = 'font:600 20px/1.3 system-ui,sans-serif;margin:0 0 1.5rem;color:#ff9d92';
    panel.append(heading);
    for (const fault of faults) {
      const place = [fault.file, fault.line, fault.column].filter(Boolean).join(':');
      panel.append(line(place, 'color:#84cbb1'), line(fault.message, 'font-weight:600;white-space:pre-wrap'));
      if (fault.excerpt) {
        panel.append(line(fault.excerpt, 'margin-top:.5rem;padding:.5rem .75rem;background:#ffffff14;border-radius:4px;white-space:pre-wrap'));
      }
      panel.append(line(fault.advice ? `→ ${fault.advice}` : '', 'color:#c3cac5;margin-bottom:1.75rem'));
    }
    root.append(panel);
    document.documentElement.append(shown);
  }

  const own = JSON.parse(document.body?.dataset.faults ?? '[]');
  show(own);
  new EventSource('/__isrgen/dev/events').addEventListener('message', ({ data }) => {
    const state = JSON.parse(data);
    const errors = state.faults.filter(({ severity }) => severity === 'error');
    if (errors.length) {
      show(errors);
    } else if (state.version !== version) {
      location.reload();
    } else {
      show(own);
    }
  });
})();

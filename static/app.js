// The portal works without this file; with it, it asks and answers faster.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const target = event.target instanceof Element && event.target.closest(selector);
      if (target) act(target, event);
    });

  // Questions: a <details> holds the panel; here it opens as a modal dialog.
  // The browser traps focus in it and gives it back to the summary.
  const ask = (details) => {
    const panel = details.querySelector(":scope > .ask-panel");
    const summary = details.querySelector(":scope > summary");
    if (!panel) return;
    details.open = false;
    const menu = details.closest("details.menu");
    if (menu) menu.open = false;
    const dialog = document.createElement("dialog");
    dialog.className = "modal" + (details.dataset.ask === "wide" ? " modal-wide" : "");
    dialog.setAttribute("aria-labelledby", panel.getAttribute("aria-labelledby"));
    const home = document.createComment("");
    panel.before(home);
    panel.removeAttribute("role");
    dialog.append(panel);
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      panel.setAttribute("role", "group");
      home.replaceWith(panel);
      dialog.remove();
      (menu ? menu.querySelector("summary") : summary).focus();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.showModal();
    const first = panel.querySelector("[data-autofocus]") || panel.querySelector("[autofocus],input:not([type=hidden]),select,textarea,h2");
    if (first) first.focus();
  };
  on("click", "details[data-ask] > summary", (summary, event) => {
    event.preventDefault();
    ask(summary.parentElement);
  });
  on("click", "[data-close]", (button) => button.closest("dialog")?.close());

  // Menus: one open at a time; Escape, a click or focus elsewhere closes.
  const shut = (but) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but && !menu.contains(but)) menu.open = false;
  };
  document.addEventListener("click", (event) => shut(event.target));
  document.addEventListener("focusin", (event) => shut(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
  });
  on("keydown", "details.menu", (menu, event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    menu.open = true;
    const items = [...menu.querySelectorAll(".menu-item")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
    event.preventDefault();
  });
  // A menu near the edge of a scrolling table or of the window stays in sight.
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.matches("details.menu:not(.menu-wide)")) return;
    const panel = menu.querySelector(":scope > .menu-panel");
    panel.removeAttribute("style");
    if (!menu.open) return;
    const box = menu.getBoundingClientRect();
    const size = panel.getBoundingClientRect();
    const below = box.bottom + 4 + size.height < innerHeight;
    Object.assign(panel.style, {
      position: "fixed",
      bottom: "auto",
      right: "auto",
      top: (below ? box.bottom + 4 : Math.max(8, box.top - 4 - size.height)) + "px",
      left: Math.max(8, Math.min(box.right, innerWidth - 8) - size.width) + "px",
    });
  }, true);
  addEventListener("scroll", () => shut(document.querySelector("details.menu-wide[open]")), { passive: true, capture: true });

  // Copying.
  on("click", "[data-copy]", async (button) => {
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select();
      document.execCommand("copy");
    }
    const words = button.querySelector("span");
    const before = words.textContent;
    words.textContent = "Copied";
    setTimeout(() => (words.textContent = before), 2000);
  });

  // Passwords can be shown.
  on("click", "[data-reveal]", (button) => {
    const field = document.getElementById(button.dataset.reveal);
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.firstElementChild.textContent = hidden ? "Hide" : "Show";
    field.focus();
  });

  // A form is sent once, and says that it is being sent.
  let crawl;
  const busy = () => (crawl = crawl || setTimeout(() => document.body.classList.add("working"), 500));
  const idle = () => {
    clearTimeout(crawl);
    crawl = 0;
    document.body.classList.remove("working");
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    if (form.method === "post") form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    busy();
  });
  on("click", "a[href]", (link, event) => {
    const href = link.getAttribute("href");
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute("download") || !href.startsWith("/")) return;
    busy();
  });
  addEventListener("pageshow", idle);

  // Flash messages: said again once the page is there, so that readers hear them.
  on("click", "[data-dismiss]", (button) => button.closest(".alert").remove());
  const region = document.querySelector(".flashes");
  if (region?.children.length) {
    const words = [...region.children];
    region.replaceChildren();
    setTimeout(() => region.append(...words), 60);
  }

  // Bulk selection: a box in the head, boxes in the rows, a bar that counts.
  const count = (table) => {
    const boxes = [...table.querySelectorAll("input.bulk")];
    const chosen = boxes.filter((box) => box.checked).length;
    const all = table.querySelector("input[data-all]");
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    const bar = document.getElementById(table.dataset.bulk);
    if (!bar) return;
    bar.hidden = chosen === 0;
    bar.querySelector("[data-chosen]").textContent = chosen;
  };
  on("change", "table[data-bulk] input[data-all]", (all) => {
    const table = all.closest("table");
    for (const box of table.querySelectorAll("input.bulk")) box.checked = all.checked;
    count(table);
  });
  on("change", "table[data-bulk] input.bulk", (box) => count(box.closest("table")));

  // Choices in a form that show other fields: data-when="name=value".
  const reveal = () => {
    for (const part of document.querySelectorAll("[data-when]")) {
      const [name, value] = part.dataset.when.split("=");
      const field = part.closest("form")?.elements[name];
      if (!field) continue;
      part.hidden = field.value !== value;
      for (const input of part.querySelectorAll("input,select,textarea")) input.disabled = part.hidden;
    }
  };
  document.addEventListener("change", reveal);

  // Sliders: they move the number field that they name, up to its most.
  on("input", "input[data-slides]", (slider) => {
    const { most, digits, slides } = slider.dataset;
    document.getElementById(slides).value = +slider.value === 100 ? most : ((most * slider.value) / 100).toFixed(digits);
  });
  on("input", "input[type=number]", (field) => {
    const slider = document.querySelector(`input[data-slides="${field.id}"]`);
    if (slider) slider.value = +slider.dataset.most ? (field.value / slider.dataset.most) * 100 : 0;
  });

  // Local lists to pick from: an input[data-sift] narrows the labels beside it.
  on("input", "input[data-sift]", (input) => {
    const words = input.value.toLowerCase();
    for (const label of document.getElementById(input.dataset.sift).children)
      label.hidden = !label.textContent.toLowerCase().includes(words);
  });

  // The reader's own time where it differs from the account's zone.
  const local = (within) => {
    for (const time of within.querySelectorAll("time[data-zone]")) {
      if (time.title) continue;
      const at = new Date(time.dateTime);
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      if (isNaN(at) || !zone || zone === time.dataset.zone) continue;
      time.title = at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }) + " where you are";
    }
  };

  // htmx: a list that answers with another page (signed out, error) is that page.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    const asked = new URL(requestConfig.path, location.href).pathname;
    if (xhr.status >= 400 || (xhr.responseURL && new URL(xhr.responseURL).pathname !== asked)) {
      event.detail.shouldSwap = false;
      location.assign(xhr.responseURL || requestConfig.path);
    }
  });
  document.addEventListener("htmx:configRequest", (event) => {
    for (const [name, value] of [...event.detail.formData]) if (event.detail.verb === "get" && value === "") event.detail.formData.delete(name);
  });
  document.addEventListener("htmx:afterSwap", (event) => local(event.target));
  // What a form's preview takes on a page it keeps: were it to shrink, a page that is
  // scrolled to its end would slide away under the pointer that is about to press.
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const around = target.matches("#preview,#margin") && target.parentElement;
    if (around) around.style.minHeight = around.offsetHeight + "px";
  });

  const start = () => {
    reveal();
    local(document);
    const summary = document.querySelector("[data-summary] ul");
    if (summary) {
      const place = (item) => {
        const field = document.getElementById(item.firstElementChild?.hash.slice(1));
        return field ? [...document.querySelectorAll("input,select,textarea")].indexOf(field) : 1e6;
      };
      summary.append(...[...summary.children].sort((a, b) => place(a) - place(b)));
    }
    const opened = document.querySelector("details[data-ask][open]");
    if (opened) ask(opened);
    else document.querySelector("[data-autofocus]")?.focus();
  };
  start();
})();

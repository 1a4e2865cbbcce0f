// Shared by the components: elements without innerHTML, copying that also works without https, addresses, scrolling.

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.onclick = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers offer the clipboard API to secure pages only; over plain http the older command still works.
    const area = element("textarea", { style: "position:fixed;opacity:0", "aria-hidden": "true" });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focused?.focus?.();
    return copied;
  }
}

// `text` is a function, because an address is only known when it is copied.
function copyButton(label, text, description) {
  const words = element("span", { "aria-live": "polite" }, label);
  return element(
    "button",
    {
      type: "button",
      class: "copy",
      "aria-description": description,
      onclick: async () => {
        words.textContent = (await copy(text())) ? "Copied" : "Could not copy";
        setTimeout(() => (words.textContent = label), 2000);
      },
    },
    words,
  );
}

// The address of the page with these parameters and no others.
function pageAddress(parameters) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  return `${location.origin}${location.pathname}?${query}`;
}

function currentConversation() {
  return new URLSearchParams(location.search).get("c");
}

// Says something to a screen reader without moving the focus.
function announce(text) {
  let region = document.querySelector(".bf-announcer");
  if (!region) {
    region = element("div", { class: "bf-announcer", role: "status" });
    document.body.append(region);
  }
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50);
}

function scrollToQuestion(node) {
  // Without this the page would not scroll, and a long answer would begin out of view.
  const turn = node.getRootNode().host?.closest(".stVerticalBlock");
  return setTimeout(() => turn?.querySelector(".bf-question")?.scrollIntoView({ block: "start" }), 120);
}


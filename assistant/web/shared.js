// Shared by the components: elements made without innerHTML, copying that also works without https, scrolling.

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
    // Browsers give the clipboard to secure pages only; over plain http the old command still works.
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

function copyButton(label, text, description) {
  const words = element("span", { "aria-live": "polite" }, label);
  return element(
    "button",
    {
      type: "button",
      class: "copy",
      title: text,
      "aria-description": description,
      onclick: async () => {
        words.textContent = (await copy(text)) ? "Copied" : "Could not copy";
        setTimeout(() => (words.textContent = label), 2000);
      },
    },
    words,
  );
}

function scrollToQuestion(part) {
  // A long answer is to be read from its question on; left alone, the page would stay where it was.
  const turn = part.getRootNode().host?.closest(".stVerticalBlock");
  return setTimeout(() => turn?.querySelector(".bf-question")?.scrollIntoView({ block: "start" }), 120);
}


// What concerns the whole page: the chat box has the focus at the start, a server that is away is reported, and a question
// that a reload has overtaken is asked.

const UNSENT = "backfile-unsent";
const BOX = "[data-testid=stChatInputTextArea]";

let announced = false;
let started = false;
let shown = { conversation: null, turns: 0 };

export default function ({ data, setTriggerValue }) {
  const app = document.querySelector("[data-testid=stApp]");
  shown = data;
  const unsent = JSON.parse(sessionStorage.getItem(UNSENT) ?? "null");
  const arrived = unsent?.conversation === data.conversation && data.turns > unsent.turns;
  if (arrived) sessionStorage.removeItem(UNSENT);
  if (!started) {
    started = true;
    const box = document.querySelector(BOX);
    if (document.activeElement === document.body) box?.focus({ preventScroll: true });
    if (unsent && !arrived) {
      sessionStorage.removeItem(UNSENT);
      setTriggerValue("unsent", unsent);
    }
    document.addEventListener("keydown", keepUnsent, true);
    document.addEventListener("click", keepUnsent, true);
  }
  let timer;
  const check = () => {
    clearTimeout(timer);
    const away = app.dataset.testConnectionState !== "CONNECTED";
    // A connection that is back within a moment is not worth a word.
    timer = setTimeout(() => report(away), away ? 1000 : 0);
  };
  const observer = new MutationObserver(check);
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
  check();
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}

// Remembers a question until the server has it. A reload right after the Enter key may be faster than the question.
function keepUnsent(event) {
  const box = document.querySelector(BOX);
  const isSent =
    (event.type === "keydown" && event.target === box && event.key === "Enter" && !event.shiftKey && !event.isComposing) ||
    (event.type === "click" && event.target.closest?.("[data-testid=stChatInputSubmitButton]"));
  if (box && isSent && box.value.trim()) sessionStorage.setItem(UNSENT, JSON.stringify({ ...shown, text: box.value }));
}

function report(away) {
  document.body.classList.toggle("bf-away", away);
  document.querySelector(".bf-away-notice")?.remove();
  if (away) {
    document.body.append(
      element(
        "div",
        { class: "bf-away-notice", role: "alert" },
        element("strong", {}, "Backfile cannot be reached at the moment. "),
        "What you asked is stored. You can read on; this page continues by itself when Backfile is back.",
      ),
    );
  } else if (announced) announce("Backfile is back");
  announced = away;
}

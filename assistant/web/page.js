// What concerns the whole page: the chat box has the focus at the start, and a server that is away is reported.

let announced = false;
let started = false;

export default function ({ parentElement }) {
  const app = document.querySelector("[data-testid=stApp]");
  if (!started) {
    started = true;
    const box = document.querySelector("[data-testid=stChatInputTextArea]");
    if (document.activeElement === document.body) box?.focus({ preventScroll: true });
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

// What only the browser can do: keys in the text box, staying at the newest message, and the clipboard.
const atelier = {
  // What needs no server; true when the press was that.
  act(button, event) {
    const { act, id } = button.dataset;
    if (button.href) {
      // A click that asks for a new tab or window gets it.
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return true;
      event.preventDefault();
    }
    if (act === "rail") this.rail(!document.body.classList.contains("rail-open"));
    else if (act === "jump") this.jump(id);
    else if (act === "copy") this.copy(button);
    else {
      if (act === "open") this.rail(false);
      if (act === "cancel" || act === "choose") button.disabled = true;
      return false;
    }
    return true;
  },

  box() {
    return document.querySelector("textarea.write");
  },

  // Enter sends, Shift+Enter makes a new line; the arrows, Tab and Escape move in the list of commands while it is open.
  key(event, emit) {
    if (event.isComposing || event.keyCode === 229) return;
    const open = document.querySelector("#completions") !== null;
    const inList = ["ArrowDown", "ArrowUp", "Tab", "Escape"].includes(event.key) && open && !event.shiftKey;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send(emit);
    } else if (inList) {
      event.preventDefault();
      emit({ key: event.key, text: event.target.value });
    }
  },

  send(emit) {
    const box = this.box();
    emit({ key: "Enter", text: box.value });
    box.value = "";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    this.stick = true;
  },

  focus() {
    this.box()?.focus();
  },

  // After the browser has drawn what came with the call.
  reveal(selector) {
    requestAnimationFrame(() => document.querySelector(selector)?.scrollIntoView({ block: "nearest" }));
  },

  // Leads to the field of a form that keeps it from being sent.
  mend(selector) {
    requestAnimationFrame(() => {
      const field = document.querySelector(selector);
      field?.scrollIntoView({ block: "center" });
      field?.querySelector("input:not([type=file]), textarea, button")?.focus({ preventScroll: true });
    });
  },

  rail(open) {
    document.body.classList.toggle("rail-open", open);
    if (open) document.querySelector(".nav button[aria-current]")?.focus();
  },

  jump(id) {
    const message = document.querySelector(`[data-message="${CSS.escape(id)}"]`);
    if (!message) return;
    message.scrollIntoView({ block: "center" });
    this.stick = this.atEnd();
    document.querySelectorAll(".found").forEach((other) => other.classList.remove("found"));
    void message.offsetWidth; // start the highlight again
    message.classList.add("found");
  },

  async copy(button) {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").innerText);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  },

  // The list follows the newest message unless the reader has scrolled up.
  stick: true,

  atEnd() {
    const list = document.getElementById("scroll");
    return list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  },

  follow() {
    const list = document.getElementById("scroll");
    if (list && this.stick) list.scrollTop = list.scrollHeight;
  },

  // Begins at the newest message, or at the one with this id.
  opened(id) {
    const list = document.getElementById("scroll");
    if (!list.dataset.watched) {
      list.dataset.watched = "yes";
      list.addEventListener("scroll", () => {
        this.stick = this.atEnd();
      });
      new MutationObserver(() => this.follow()).observe(list, { childList: true, subtree: true, characterData: true });
      new ResizeObserver(() => this.follow()).observe(list);
      list.addEventListener("load", () => this.follow(), true);
    }
    this.stick = !id;
    this.follow();
    if (id) requestAnimationFrame(() => this.jump(id));
    else if (matchMedia("(hover: hover)").matches) this.focus();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") atelier.rail(false);
});

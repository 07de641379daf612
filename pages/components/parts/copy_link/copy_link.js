// Copies the address of the page. Browsers have `navigator.clipboard` on localhost and HTTPS only;
// otherwise `execCommand` copies the selected link, and where that is forbidden too, the link is shown
// and selected for the user to copy.

export default function ({ parentElement }) {
  const [button, status, field] = ["button", "span", "input"].map((tag) =>
    parentElement.querySelector(tag),
  );
  button.onclick = async () => {
    status.textContent = "";
    field.value = location.href;
    const done = (await byClipboard(field.value)) || bySelection(field);
    field.hidden = done;
    if (done) button.focus();
    // Set anew each time, because screen readers read a status only when it changes.
    requestAnimationFrame(() => {
      status.textContent = done
        ? "Copied."
        : "This browser does not allow the page to copy. The link is selected; copy it from here.";
    });
  };
}

async function byClipboard(link) {
  try {
    await navigator.clipboard.writeText(link);
    return true;
  } catch {
    return false;
  }
}

function bySelection(field) {
  field.hidden = false;
  field.focus();
  field.select();
  field.scrollLeft = 0;
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  }
}

"use strict";
// The picture is sent once, with a low threshold; the slider then chooses among the answers without asking again.
const LOWEST = 0.05;
const COLOURS = ["#0f62fe", "#da1e28", "#198038", "#8a3ffc", "#b28600", "#007d79", "#d12771", "#ba4e00"];
const element = (id) => document.getElementById(id);
let field = "image";
let predictions = [];
let asked = 0;

function say(text, isError = false) {
  element("message").textContent = text;
  element("message").classList.toggle("error", isError);
}

function colour(labelId) {
  return COLOURS[Number(labelId) % COLOURS.length];
}

function draw() {
  const threshold = Number(element("threshold").value);
  element("shown").textContent = threshold.toFixed(2);
  const shown = predictions.filter((one) => one.probability > threshold);
  const boxes = element("boxes"), tags = element("tags"), rows = element("rows");
  [boxes, tags, rows].forEach((part) => part.replaceChildren());
  for (const one of shown) {
    const [ymin, xmin, ymax, xmax] = one.detection_box;
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const sizes = { x: xmin, y: ymin, width: Math.max(0, xmax - xmin), height: Math.max(0, ymax - ymin) };
    for (const [name, value] of Object.entries(sizes)) box.setAttribute(name, value);
    box.style.stroke = colour(one.label_id);
    boxes.append(box);

    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = one.label;
    tag.style.background = colour(one.label_id);
    tag.style.left = `${xmin * 100}%`;
    tag.style.top = `${ymin * 100}%`;
    tags.append(tag);

    const row = rows.insertRow();
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.style.background = colour(one.label_id);
    row.insertCell().append(dot, one.label);
    row.insertCell().textContent = one.probability.toFixed(3);
  }
  if (asked && !element("stage").hidden) say(`${shown.length} of ${predictions.length} shown`);
}

function reason(answer) {
  const details = Object.values(answer.errors || {});
  return [answer.message, ...details].join(": ");
}

async function ask(file) {
  const turn = ++asked;
  predictions = [];
  const picture = element("picture");
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(file);
  element("stage").hidden = false;
  element("table").hidden = true;
  draw();
  say("Asking the model…");
  const form = new FormData();
  form.append(field, file);
  try {
    const response = await fetch(`../model/predict?threshold=${LOWEST}`, { method: "POST", body: form });
    const answer = await response.json();
    if (turn !== asked) return; // another picture was chosen meanwhile
    if (!response.ok) {
      element("stage").hidden = true;
      say(reason(answer), true);
      return;
    }
    predictions = answer.predictions;
    element("table").hidden = false;
    draw();
  } catch (error) {
    if (turn === asked) say(`The service cannot be reached: ${error.message}`, true);
  }
}

async function describe() {
  const metadata = await (await fetch("../model/metadata")).json();
  document.title = metadata.name;
  element("name").textContent = metadata.name;
  element("description").textContent = metadata.description;
  element("license").textContent = `License: ${metadata.license}`;
  const operation = (await (await fetch("../swagger.json")).json()).paths["/model/predict"].post;
  field = operation.parameters.find((one) => one.in === "formData").name;
  const threshold = operation.parameters.find((one) => one.name === "threshold");
  element("threshold").min = LOWEST;
  element("threshold").value = threshold ? threshold.default : 0.5;
  draw();
}

element("file").addEventListener("change", (event) => event.target.files[0] && ask(event.target.files[0]));
element("threshold").addEventListener("input", draw);
element("controls").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) ask(event.dataTransfer.files[0]);
});
describe().catch((error) => say(`The service cannot be reached: ${error.message}`, true));

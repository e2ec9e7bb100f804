/** Icons that the server put into the page as `<template data-icon="name">`. */
export function icon(name) {
  return document.querySelector(`template[data-icon="${CSS.escape(name)}"]`).content.cloneNode(true);
}

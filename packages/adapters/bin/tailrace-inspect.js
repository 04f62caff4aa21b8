#!/usr/bin/env node
// Starts the viewer of recorded runs. It stands outside of dist so that it can be linked before anything is built.
import '../dist/inspector/cli.js';

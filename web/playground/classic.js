// Pyodide takes a worker for a module by this. Browsers start module workers of pages from a disk not
// at all, and nothing is left to import in this one.
self.importScripts = undefined;

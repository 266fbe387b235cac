declare function _exports(): Promise<() => Promise<void>>;
export = _exports;

import { defineConfig } from "vitest/config";

export default defineConfig({ test: { environment: "happy-dom", environmentOptions: { happyDOM: { url: "https://shop.example/list?utm_source=wechat&utm_campaign=spring" } } } });

import { story } from "../../story";

export const runtime = "edge";

const { guarded, make, figures } = story();

export const GET = guarded;
export const POST = guarded;
export const PUT = make;
export const PATCH = figures;

import { story } from "../../story";

const { guarded, make, figures } = story();

export const GET = guarded;
export const POST = guarded;
export const PUT = make;
export const PATCH = figures;

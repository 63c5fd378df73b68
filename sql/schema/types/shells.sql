-- Types with functions of their own: known by name before the functions that read and write them.

CREATE TYPE recon_series;

CREATE TYPE recon_stats;

CREATE TYPE recon_model;

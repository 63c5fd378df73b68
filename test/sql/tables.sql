-- Fisher's exact test: eight cups of tea; the breaks of each desk beside those of all others; margins that say nothing.
SELECT round(p_high::numeric, 6) AS p_high, round(p_both::numeric, 6) AS p_both FROM recon_fisher_exact(3, 1, 1, 3);
SELECT desk, breaks, matches, round(p_low::numeric, 4) AS p_low, round(p_high::numeric, 4) AS p_high,
    round(p_both::numeric, 4) AS p_both
FROM (SELECT desk, breaks, matches, sum(breaks) OVER () AS all_breaks, sum(matches) OVER () AS all_matches
      FROM (VALUES ('equities', 9, 191), ('rates', 12, 88), ('money market', 6, 144))
          AS v(desk, breaks, matches)) AS of_desk,
     recon_fisher_exact(breaks, matches, all_breaks - breaks, all_matches - matches)
ORDER BY desk;
SELECT recon_fisher_exact(5, 0, 7, 0), recon_fisher_exact(NULL, 1, 1, 1);
SELECT recon_fisher_exact(1, -2, 3, 4);
SELECT recon_fisher_exact(9223372036854775807, 1, 1, 1);

-- Readers see tables and views through row-level security.

ALTER TABLE recon.reconciliation ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.reconciliation FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.access ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.access FOR SELECT
    USING (EXISTS (SELECT FROM pg_catalog.pg_roles r
                   WHERE r.rolname = role_name AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')));

ALTER TABLE recon.item ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.item FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.run ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.run FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.break ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.break FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.score ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.score FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.verdict_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.verdict_history FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.fit ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.fit FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.baseline ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.baseline FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.watched_break ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.watched_break FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.answer ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.answer FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.answer_text ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.answer_text FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.feedback ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.feedback FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.answer_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.answer_event FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.suppression ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.suppression FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.settled_break ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.settled_break FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.suppression_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.suppression_event FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.upload ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.upload FOR SELECT
    USING (uploaded_by = ANY (ARRAY(SELECT recon.uploaders_seen_by(current_user))));

ALTER TABLE recon.upload_reject ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.upload_reject FOR SELECT
    USING (EXISTS (SELECT FROM recon.upload u WHERE u.upload_id = upload_reject.upload_id));

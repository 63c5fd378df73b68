-- What happens to other rows, and to triggers of sources, when a row is written.

CREATE TRIGGER renew AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON recon.calendar
    FOR EACH STATEMENT EXECUTE FUNCTION recon.renew_reconciliations();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recon.verdict_history
    FOR EACH ROW EXECUTE FUNCTION recon.refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recon.answer
    FOR EACH ROW EXECUTE FUNCTION recon.refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recon.feedback
    FOR EACH ROW EXECUTE FUNCTION recon.refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recon.answer_event
    FOR EACH ROW EXECUTE FUNCTION recon.refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recon.suppression_event
    FOR EACH ROW EXECUTE FUNCTION recon.refuse_change();

CREATE TRIGGER forget AFTER DELETE ON recon.reconciliation
    FOR EACH ROW EXECUTE FUNCTION recon.forget_reconciliation();

CREATE TRIGGER forget_watch AFTER DELETE ON recon.reconciliation
    FOR EACH ROW EXECUTE FUNCTION recon.forget_watch();

CREATE TRIGGER move_watch AFTER UPDATE OF source ON recon.reconciliation
    FOR EACH ROW WHEN (OLD.source IS DISTINCT FROM NEW.source AND OLD.source_id IS DISTINCT FROM NEW.source_id)
    EXECUTE FUNCTION recon.forget_watch();

CREATE TRIGGER remember_source BEFORE INSERT OR UPDATE ON recon.reconciliation
    FOR EACH ROW EXECUTE FUNCTION recon.remember_source();
